package dev.orderly.config;

/** The duties that one node at a time does for all. */
public record MaintenanceConfig(
    @Key(
            about = "How often to take back expired leases that a lost desk left.",
            fallback = "15",
            min = 1,
            max = 3600)
        int sweepIntervalSeconds,
    @Key(
            about = "How long something may stand failed before it becomes a dead letter.",
            fallback = "48",
            min = 1,
            max = 87_600)
        int deadLetterAfterHours,
    @Key(
            about = "How often to delete what is kept no longer, such as old idempotency keys.",
            fallback = "300",
            min = 1,
            max = 86_400)
        int cleanupIntervalSeconds) {}
