package dev.orderly.config;

/** Tokens. */
public record AuthConfig(
    @Key(
            about =
                "How long a node may remember whom a token stands for; 0 to ask the database each"
                    + " time. Revoking a token is announced to every node at once; this bounds what"
                    + " a lost announcement can cost.",
            fallback = "5",
            max = 300)
        int cacheSeconds) {}
