package dev.orderly.bus;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.orderly.bus.Envelope.Encoded;
import dev.orderly.bus.Envelope.Refused;
import dev.orderly.bus.Envelope.Value;
import dev.orderly.domain.Refusal;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.MessageCodec;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Passes envelopes by reference inside a node; between nodes: a kind byte, a length, JSON. */
final class EnvelopeCodec implements MessageCodec<Envelope, Envelope> {
  static final String NAME = "orderly";

  private static final byte VALUE = 1;
  private static final byte REFUSAL = 2;

  @Override
  public void encodeToWire(Buffer wire, Envelope envelope) {
    try {
      byte kind = envelope instanceof Refused ? REFUSAL : VALUE;
      byte[] json =
          switch (envelope) {
            case Value value -> WireJson.MAPPER.writeValueAsBytes(value.value());
            case Encoded encoded -> encoded.json();
            case Refused refused -> WireJson.MAPPER.writeValueAsBytes(refused.refusal());
          };
      wire.appendByte(kind).appendInt(json.length).appendBytes(json);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public Envelope decodeFromWire(int position, Buffer wire) {
    byte kind = wire.getByte(position);
    int length = wire.getInt(position + 1);
    byte[] json = wire.getBytes(position + 5, position + 5 + length);
    if (kind != REFUSAL) {
      return new Encoded(json);
    }
    try {
      return new Refused(WireJson.MAPPER.readValue(json, Refusal.class));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
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
