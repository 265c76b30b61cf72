package dev.orderly.bus;

import dev.orderly.bus.Envelope.Encoded;
import dev.orderly.bus.Envelope.Refused;
import dev.orderly.bus.Envelope.Value;
import dev.orderly.domain.Refusal;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.MessageCodec;

/**
 * Passes envelopes by reference inside a node; between nodes: a kind byte, a length, JSON, another
 * length, buffers.
 */
final class EnvelopeCodec implements MessageCodec<Envelope, Envelope> {
  /** Another one for each form that other nodes cannot read: theirs then refuse the message. */
  static final String NAME = "orderly.2";

  private static final byte VALUE = 1;
  private static final byte REFUSAL = 2;

  @Override
  public void encodeToWire(Buffer wire, Envelope envelope) {
    switch (envelope) {
      case Value value -> WireJson.write(value.value(), wire.appendByte(VALUE));
      case Refused refused -> WireJson.write(refused.refusal(), wire.appendByte(REFUSAL));
      case Encoded encoded -> throw new IllegalStateException("nobody sends on what came in");
    }
  }

  @Override
  public Envelope decodeFromWire(int position, Buffer wire) {
    var encoded = WireJson.read(wire, position + 1);
    return wire.getByte(position) == REFUSAL
        ? new Refused(WireJson.decode(encoded, Refusal.class))
        : encoded;
  }

  @Override
  public Envelope transform(Envelope envelope) {
    return envelope;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public byte systemCodecID() {
    return -1;
  }
}
