package dev.orderly.types;

import io.vertx.core.json.JsonArray;
import java.time.Duration;
import java.util.List;
import java.util.UUID;

/** A change made by a type's own code. */
public interface JavaApply {
  /** The most that {@link #applyTimeout} may be. */
  Duration LONGEST_TIMEOUT = Duration.ofHours(1);

  /**
   * How long a try's {@link #beforeApply} and {@link #apply} may take together, and its {@link
   * #afterApply}; 5 minutes unless overridden. Then the code's thread is interrupted, its context
   * refuses further statements, and the try has failed like any other. Code that goes on all the
   * same may still be at work beside the next try; what it changes elsewhere can be told from that
   * try's by the fence.
   */
  default Duration applyTimeout() {
    return Duration.ofMinutes(5);
  }

  /** Before anything is changed; throwing refuses this try. */
  default void beforeApply(Context context) {}

  /**
   * Makes the change; with {@link ApplyExtras#PER_ITEM}, of the one item in the context. What goes
   * through {@link Context#query} commits together with the order's state, exactly once. What goes
   * anywhere else happens at least once: use the idempotency key.
   */
  Diff apply(Context context);

  /** After the change is recorded; tried again if it throws, so it must be repeatable. */
  default void afterApply(Context context, Diff diff) {}

  /**
   * The orders to propose next, after {@link #afterApply}; none unless overridden. Each is proposed
   * once, whatever is tried again: they are told apart by their keys, or by their places.
   */
  default List<FollowUp> followUps(Context context, Diff diff) {
    return List.of();
  }

  /** What the code is given. */
  interface Context {
    OrderView order();

    List<ItemView> items();

    /** The same for each try of this change: the order's id, or the item's if it is one's own. */
    UUID idempotencyKey();

    /** Rises with each try. */
    long fence();

    /** Runs a statement in the order's own transaction; parameters are {@code $1}, {@code $2} …. */
    JsonArray query(String sql, Object... params);
  }
}
