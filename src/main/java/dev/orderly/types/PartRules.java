package dev.orderly.types;

import dev.orderly.domain.Violation;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** What a type thinks of parts. Methods run on virtual threads and may block. */
public interface PartRules {
  /**
   * Looks at one part as it is submitted; its key is one that the type takes.
   *
   * @return everything wrong with it, pointers from the payload's root; empty if valid
   * @throws TypeFailure if a check cannot be computed
   */
  List<Violation> validatePart(OrderView order, ItemView item, Part part);

  /**
   * The keys without which a result cannot be assembled. Asked once, when the order is planned; the
   * item has no id yet.
   *
   * @throws TypeFailure if they cannot be computed
   */
  List<String> requiredParts(OrderView order, ItemView item);

  /**
   * Makes the result of the parts.
   *
   * @param parts those in use, by key and sequence; of a key that is replaced there is one
   * @throws TypeFailure if the result cannot be computed
   */
  JsonObject assemble(OrderView order, ItemView item, List<Part> parts);

  /**
   * Looks at an assembled result as a whole: also at what one that is submitted whole must satisfy.
   *
   * @return everything wrong with it, pointers from the result's root; empty if valid
   * @throws TypeFailure if a check cannot be computed
   */
  List<Violation> validateAssembled(OrderView order, ItemView item, JsonObject result);
}
