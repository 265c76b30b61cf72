package dev.orderly.bus;

import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import dev.orderly.domain.Violation;
import java.util.List;

/** What travels: a message or an answer, by reference inside a node, as JSON between nodes. */
sealed interface Envelope {

  /** A request, a reply or a hint. */
  record Value(Object value) implements Envelope {}

  /** The same, as it came from another node: JSON text that the receiver's address can read. */
  record Encoded(String json) implements Envelope {}

  /** A refusal, see {@link Rejected}. */
  record Refusal(ErrorCode code, String detail, List<Violation> errors, List<String> nextActions)
      implements Envelope {
    static Refusal of(Rejected rejected) {
      return new Refusal(
          rejected.code(), rejected.detail(), rejected.errors(), rejected.nextActions());
    }

    Rejected toRejected() {
      return new Rejected(code, detail, errors, nextActions);
    }
  }
}
