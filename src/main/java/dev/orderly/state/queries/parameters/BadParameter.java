package dev.orderly.state.queries.parameters;

import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Quoted;
import dev.orderly.domain.Violation;
import java.util.Collection;

/**
 * One thing wrong with a query parameter; the parser gathers them into one rejection. An expected
 * answer, so it carries no stack trace.
 */
final class BadParameter extends RuntimeException {
  private final ErrorCode code;

  private BadParameter(ErrorCode code, String message) {
    super(message, null, false, false);
    this.code = code;
  }

  /** The value cannot be taken. */
  static BadParameter malformed(String message) {
    return new BadParameter(ErrorCode.MALFORMED_REQUEST, message);
  }

  /** The value is none of those that there are. */
  static BadParameter notOneOf(String value, Collection<String> allowed) {
    return malformed("%s is not one of %s".formatted(Quoted.of(value), String.join(", ", allowed)));
  }

  /** There is nothing of that name. */
  static BadParameter unknownName(String name, Collection<String> allowed) {
    return new BadParameter(
        ErrorCode.UNKNOWN_PARAMETER,
        "there is no %s; allowed: %s".formatted(Quoted.of(name), String.join(", ", allowed)));
  }

  ErrorCode code() {
    return code;
  }

  Violation of(String parameter) {
    return new Violation(parameter, code.wire(), getMessage());
  }
}
