package dev.orderly.domain;

import java.util.List;

/** A {@link Rejected} as data: what travels between nodes, and what a batch says of one of many. */
public record Refusal(
    ErrorCode code,
    String detail,
    List<Violation> errors,
    List<String> nextActions,
    long retryAfterMillis) {
  public static Refusal of(Rejected rejected) {
    return new Refusal(
        rejected.code(),
        rejected.detail(),
        rejected.errors(),
        rejected.nextActions(),
        rejected.retryAfterMillis());
  }

  public Rejected toRejected() {
    return new Rejected(code, detail, errors, nextActions, retryAfterMillis);
  }
}
