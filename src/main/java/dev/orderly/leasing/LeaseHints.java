package dev.orderly.leasing;

import dev.orderly.bus.Topic;
import java.util.List;
import java.util.UUID;

/** Hints about leases: who listens learns of their end sooner, and loses nothing without. */
public final class LeaseHints {
  private LeaseHints() {}

  /** A lease that was taken back. */
  public record LostLease(UUID itemId, long fence) {}

  /** Leases that were taken back, as their time was over. */
  public record Lost(List<LostLease> leases) {}

  public static final Topic<Lost> LOST = new Topic<>("leasing.lost", Lost.class);

  /** Leases that were taken back before their time, as what their items depend on changed. */
  public static final Topic<Lost> WITHDRAWN = new Topic<>("leasing.withdrawn", Lost.class);
}
