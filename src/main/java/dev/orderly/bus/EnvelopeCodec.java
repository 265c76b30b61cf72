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
  static final String NAME = "orderly";

  private static final byte VALUE = 1;
  private static final byte REFUSAL = 2;

  @Override
  public void encodeToWire(Buffer wire, Envelope envelope) {
    byte kind = envelope instanceof Refused ? REFUSAL : VALUE;
    var encoded =
        switch (envelope) {
          case Value value -> WireJson.encode(value.value());
          case Encoded already -> already;
          case Refused refused -> WireJson.encode(refused.refusal());
        };
    wire.appendByte(kind).appendInt(encoded.json().length).appendBytes(encoded.json());
    wire.appendInt(encoded.attached().length()).appendBuffer(encoded.attached());
  }

  @Override
  public Envelope decodeFromWire(int position, Buffer wire) {
    byte kind = wire.getByte(position);
    int json = position + 1 + Integer.BYTES;
    int jsonEnd = json + wire.getInt(position + 1);
    int attached = jsonEnd + Integer.BYTES;
    var encoded =
        new Encoded(
            wire.getBytes(json, jsonEnd),
            wire.getBuffer(attached, attached + wire.getInt(jsonEnd)));
    return kind == REFUSAL ? new Refused(WireJson.decode(encoded, Refusal.class)) : encoded;
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
