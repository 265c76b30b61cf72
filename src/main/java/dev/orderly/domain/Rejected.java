package dev.orderly.domain;

import java.util.List;

/**
 * A command was refused and changed nothing. It is an expected answer, so it carries no stack
 * trace.
 */
public final class Rejected extends RuntimeException {
  private final ErrorCode code;
  private final List<Violation> errors;
  private final List<String> nextActions;

  public Rejected(ErrorCode code, String detail) {
    this(code, detail, List.of(), List.of());
  }

  /**
   * @param detail what was expected and what was found, for people and models
   * @param errors what is wrong with the request's body, if that is the reason
   * @param nextActions what the caller may do now; never a destructive command
   */
  public Rejected(ErrorCode code, String detail, List<Violation> errors, List<String> nextActions) {
    super(detail, null, false, false);
    this.code = code;
    this.errors = List.copyOf(errors);
    this.nextActions = List.copyOf(nextActions);
  }

  public static Rejected invalid(String detail, List<Violation> errors) {
    return new Rejected(ErrorCode.INVALID, detail, errors, List.of());
  }

  public static Rejected notFound(String what, Object id) {
    return new Rejected(ErrorCode.NOT_FOUND, "There is no %s %s".formatted(what, id));
  }

  public Rejected next(String... actions) {
    return new Rejected(code, detail(), errors, List.of(actions));
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
}
