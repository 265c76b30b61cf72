package dev.orderly.bus;

import dev.orderly.domain.Refusal;
import io.vertx.core.buffer.Buffer;

/**
 * What travels: a message or an answer, by reference inside a node, as JSON with buffers between
 * nodes.
 */
sealed interface Envelope {

  /** A request, a reply or a hint. */
  record Value(Object value) implements Envelope {}

  /**
   * The same as it came from another node, see {@link WireJson}.
   *
   * @param json that the receiver's address can read
   * @param attached the buffers of which it tells
   */
  record Encoded(byte[] json, Buffer attached) implements Envelope {}

  /** A refusal. */
  record Refused(Refusal refusal) implements Envelope {}
}
