package dev.orderly.config;

/** Metrics. */
public record MetricsConfig(
    @Key(
            about = "How often queue depths and live leases are counted for /metrics.",
            fallback = "5",
            min = 1,
            max = 3600)
        int sampleIntervalSeconds) {}
