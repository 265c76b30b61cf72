package dev.orderly.leasing;

import dev.orderly.bus.Topic;
import java.util.List;
import java.util.UUID;

/** Hints about leases: who listens learns of their end sooner, and loses nothing without. */
public final class LeaseHints {
  private LeaseHints() {}

  /** One lease of an item's. */
  public record LostLease(UUID itemId, long fence) {}

  /** Leases that were taken back, as their time was over. */
  public record Lost(List<LostLease> leases) {}

  public static final Topic<Lost> LOST = new Topic<>("leasing.lost", Lost.class);

  /**
   * Leases of which another connection is told from now on.
   *
   * @param by who tells, to know its own hint by
   * @param sinceMillis when, as Unix time
   */
  public record Attached(List<LostLease> leases, UUID by, long sinceMillis) {}

  public static final Topic<Attached> ATTACHED = new Topic<>("leasing.attached", Attached.class);

  /** Leases that were taken back before their time, as what their items depend on changed. */
  public static final Topic<Lost> WITHDRAWN = new Topic<>("leasing.withdrawn", Lost.class);
}
