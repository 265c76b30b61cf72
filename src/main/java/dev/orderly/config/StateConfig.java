package dev.orderly.config;

/** Proposing, submitting, reviewing and queries. */
public record StateConfig(
    @Key(about = "Verticles that run commands and queries.", fallback = "1", min = 1, max = 64)
        int instances,
    @Key(
            about = "The most submissions that are written in one transaction.",
            fallback = "256",
            min = 1,
            max = 1000)
        int submitBatchMax,
    @Key(
            about =
                "The most such transactions at once, and one more for items that were submitted"
                    + " before. Results of one order wait for each other.",
            fallback = "2",
            min = 1,
            max = 64)
        int submitParallelMax,
    @Key(
            about = "The most commands that may wait at once; past it callers get a 503.",
            fallback = "10000",
            min = 1,
            max = 1_000_000)
        int inboxMax) {}
