package dev.orderly.types;

import dev.orderly.domain.Violation;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * What one kind of work order means: what may be proposed, how it is planned, what a result must
 * satisfy, who decides, and how the change is made. Immutable and safe for many threads; methods
 * run on virtual threads and may block.
 *
 * <p>Most types are declared in a YAML file; a type in Java extends {@code
 * plugin.AbstractOrderType}.
 */
public interface OrderType {
  /** What names of types look like, as a regular expression. */
  String NAME_PATTERN = "[a-z][a-z0-9_.-]{0,119}";

  /** The name that proposals give, such as {@code user.data.sync}; at most 120 characters. */
  String name();

  /** Changes whenever the type's meaning does; an order keeps the version it was proposed under. */
  String version();

  /** One line for people; never null. */
  String title();

  /** For people and models; never null, may be empty. */
  String description();

  /** JSON Schema 2020-12 of the payload. Not to be changed: it may be the type's own. */
  JsonObject payloadSchema();

  /**
   * JSON Schema 2020-12 of an item's result. Asked for at each lease, so best the same object each
   * time, and not to be changed.
   */
  JsonObject resultSchema();

  TypeSettings settings();

  /**
   * @return everything wrong with the payload, pointers from the payload's root; empty if valid
   */
  List<Violation> validatePayload(JsonObject payload);

  /**
   * Divides an order into items.
   *
   * @return the items in order; an empty list refuses the proposal
   * @throws TypeFailure if the plan cannot be computed
   */
  List<ItemPlan> plan(OrderView order);

  /**
   * What an item's leases are counted under beside its type, such as a customer; asked once, when
   * the order is planned, and only if the type has {@link TypeSettings#limits}.
   *
   * @return at most 200 characters; null if the item has no such key
   * @throws TypeFailure if the key cannot be computed
   */
  default String limitKey(OrderView order, ItemPlan item) {
    return null;
  }

  /** False if {@link #validateSubmission} never looks at the order: it then gets null for it. */
  default boolean readsOrderOnSubmission() {
    return true;
  }

  /**
   * True if {@link #validateSubmission} looks at nothing but the result, and needs for a small one
   * microseconds only: it may then be asked on an event loop, and gets null for the order and the
   * item.
   */
  default boolean judgesResultAlone() {
    return false;
  }

  /**
   * @return everything wrong with the result, pointers from the result's root; empty if valid
   * @throws TypeFailure if a check cannot be computed
   */
  List<Violation> validateSubmission(OrderView order, ItemView item, JsonObject result);

  /** What a result must come with beside itself; the same each time. */
  default EvidenceRules evidence() {
    return EvidenceRules.NONE;
  }

  /**
   * How results may be handed in by parts. Asked for at each lease and submission, so best the same
   * object each time.
   *
   * @return null if they are taken whole only
   */
  default PartsSpec parts() {
    return null;
  }

  /**
   * Looks at all results together before they are approved.
   *
   * @return what stands against approval; empty if the order is ready
   * @throws TypeFailure if a check cannot be computed
   */
  List<Violation> canApprove(OrderView order, List<ItemView> items);

  /** How items of a plan that depend on others are handled; never null. */
  default DependencyRules dependencies() {
    return DependencyRules.DEFAULT;
  }

  /** What is asked of those who approve an order; kept with each order as it is proposed. */
  default ReviewPolicy review() {
    return ReviewPolicy.DEFAULT;
  }

  /** How the approved change is made. */
  ApplySpec apply();

  /** What goes beside that: whether it is made item by item, and what follows it. */
  default ApplyExtras applyExtras() {
    return ApplyExtras.NONE;
  }

  /** How the change is foretold to its reviewers. */
  default PredictionSpec prediction() {
    return PredictionSpec.NONE;
  }

  /** How a change that was made is undone; null if it cannot be. */
  default RevertSpec reverting() {
    return null;
  }
}
