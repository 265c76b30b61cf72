package dev.orderly.bus;

import dev.orderly.domain.Refusal;

/** What travels: a message or an answer, by reference inside a node, as JSON between nodes. */
sealed interface Envelope {

  /** A request, a reply or a hint. */
  record Value(Object value) implements Envelope {}

  /** The same, as it came from another node: JSON that the receiver's address can read. */
  record Encoded(byte[] json) implements Envelope {}

  /** A refusal. */
  record Refused(Refusal refusal) implements Envelope {}
}
