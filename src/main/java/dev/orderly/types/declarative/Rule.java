package dev.orderly.types.declarative;

import dev.orderly.domain.Violation;
import dev.orderly.types.TypeFailure;
import dev.orderly.types.expression.JsonataExpression;
import java.util.Optional;

/**
 * A declared check.
 *
 * @param message what is wrong, or null if {@code messageExpression} says it
 * @param expect true when satisfied; false, null or nothing when not
 */
record Rule(
    String code,
    String pointer,
    String message,
    JsonataExpression messageExpression,
    JsonataExpression expect) {

  /**
   * @param document plain maps and lists
   * @throws TypeFailure if the check gives anything but true, false or nothing
   */
  Optional<Violation> broken(Object document) {
    return switch (expect.evaluatePlain(document)) {
      case Boolean satisfied when satisfied -> Optional.empty();
      case Boolean _ -> Optional.of(violation(document));
      case null -> Optional.of(violation(document));
      case Object other ->
          throw expect.failure("expected true or false, the expression gives " + other, null);
    };
  }

  private Violation violation(Object document) {
    return new Violation(pointer, code, message != null ? message : computed(document));
  }

  private String computed(Object document) {
    var value = messageExpression.evaluatePlain(document);
    if (value instanceof String text) {
      return text;
    }
    throw messageExpression.failure("expected a text, the expression gives " + value, null);
  }
}
