package dev.orderly.domain;

import java.util.List;
import java.util.stream.Collectors;

/**
 * A command was refused and changed nothing. It is an expected answer, so it carries no stack
 * trace.
 */
public final class Rejected extends RuntimeException {
  private final ErrorCode code;
  private final List<Violation> errors;
  private final List<String> nextActions;
  private final long retryAfterMillis;

  public Rejected(ErrorCode code, String detail) {
    this(code, detail, List.of(), List.of());
  }

  /**
   * @param detail what was expected and what was found, for people and models
   * @param errors what is wrong with the request's body, if that is the reason
   * @param nextActions what the caller may do now; never a destructive command
   */
  public Rejected(ErrorCode code, String detail, List<Violation> errors, List<String> nextActions) {
    this(code, detail, errors, nextActions, 0);
  }

  /**
   * @param retryAfterMillis when the same request may succeed, from now; 0 if nobody knows
   */
  public Rejected(
      ErrorCode code,
      String detail,
      List<Violation> errors,
      List<String> nextActions,
      long retryAfterMillis) {
    super(detail, null, false, false);
    this.code = code;
    this.errors = List.copyOf(errors);
    this.nextActions = List.copyOf(nextActions);
    this.retryAfterMillis = retryAfterMillis;
  }

  public static Rejected invalid(String detail, List<Violation> errors) {
    return new Rejected(ErrorCode.INVALID, detail, errors, List.of());
  }

  /**
   * Query parameters that cannot be taken, as one answer.
   *
   * @param violations the name of a parameter is the pointer; if the code of any is {@code
   *     unknown_parameter}, it is the answer's too
   */
  public static Rejected parameters(List<Violation> violations) {
    boolean unknownName =
        violations.stream().anyMatch(v -> v.code().equals(ErrorCode.UNKNOWN_PARAMETER.wire()));
    var detail =
        violations.stream()
            .map(v -> "%s: %s".formatted(Quoted.of(v.pointer()), v.message()))
            .collect(Collectors.joining("; "));
    return new Rejected(
        unknownName ? ErrorCode.UNKNOWN_PARAMETER : ErrorCode.MALFORMED_REQUEST,
        detail,
        violations,
        List.of());
  }

  public static Rejected notFound(String what, Object id) {
    return new Rejected(ErrorCode.NOT_FOUND, "There is no %s %s".formatted(what, id));
  }

  public Rejected next(String... actions) {
    return new Rejected(code, detail(), errors, List.of(actions), retryAfterMillis);
  }

  public ErrorCode code() {
    return code;
  }

  public String detail() {
    return getMessage();
  }

  public List<Violation> errors() {
    return errors;
  }

  public List<String> nextActions() {
    return nextActions;
  }

  /** When the same request may succeed, from when it was refused; 0 if nobody knows. */
  public long retryAfterMillis() {
    return retryAfterMillis;
  }

  /** The same in whole seconds, as HTTP tells it; at least 1. */
  public long retryAfterSeconds() {
    return Math.max(1, Math.ceilDiv(retryAfterMillis, 1000L));
  }
}
