package dev.orderly.config;

/** Agents' WebSockets. */
public record WebsocketConfig(
    @Key(
            about = "The most WebSockets that the node keeps open; past it callers get a 503.",
            fallback = "10000",
            min = 1,
            max = 1_000_000)
        int maxConnections,
    @Key(
            about =
                "The largest message that is read from an agent; a larger one closes with 1009.",
            fallback = "1048576",
            min = 1024,
            max = 67_108_864)
        int maxFrameBytes,
    @Key(
            about =
                "How often agents are pinged; one that gives no sign for two and a half times as long"
                    + " is taken for dead.",
            fallback = "20",
            min = 1,
            max = 3600)
        int pingIntervalSeconds,
    @Key(
            about =
                "A connection that has no leases, no subscriptions and nothing under way is closed"
                    + " after this long.",
            fallback = "600",
            min = 1,
            max = 86_400)
        int idleTimeoutSeconds) {}
