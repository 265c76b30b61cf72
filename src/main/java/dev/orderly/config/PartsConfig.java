package dev.orderly.config;

/** Results that are handed in by parts; the limits that types give count if they are lower. */
public record PartsConfig(
    @Key(
            about = "The most parts that an item may have in use.",
            fallback = "1000",
            min = 1,
            max = 10_000)
        int maxCount,
    @Key(
            about =
                "The largest payload of a part, as canonical JSON. The request that carries it must"
                    + " also be within api.max_body_bytes.",
            fallback = "4194304",
            min = 1,
            max = 268_435_456)
        int maxPartBytes,
    @Key(
            about = "The most that the payloads of an item's parts in use may have together.",
            fallback = "67108864",
            min = 1,
            max = 268_435_456)
        int maxTotalBytes) {}
