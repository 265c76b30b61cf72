package dev.orderly.config;

/** Applying approved orders. */
public record ApplyConfig(
    @Key(about = "Verticles that apply orders.", fallback = "1", min = 1, max = 64) int instances,
    @Key(
            about = "How often to look for approved orders that nobody announced.",
            fallback = "1",
            min = 1,
            max = 3600)
        int pollIntervalSeconds,
    @Key(
            about =
                "How long an applying node holds an order; if the node dies, another takes it over"
                    + " after this.",
            fallback = "15",
            min = 2,
            max = 3600)
        int leaseSeconds,
    @Key(
            about = "The pause before the first retry; it doubles with each.",
            fallback = "2",
            min = 1,
            max = 86_400)
        int backoffSeconds,
    @Key(about = "The longest pause between retries.", fallback = "300", min = 1, max = 86_400)
        int maxBackoffSeconds,
    @Key(
            about =
                "The most orders that a node applies at once, all its verticles together. Each holds a"
                    + " connection of storage.background_pool_size meanwhile.",
            fallback = "4",
            min = 1,
            max = 1000)
        int parallelMax) {

  public ApplyConfig {
    if (maxBackoffSeconds < backoffSeconds) {
      throw new InvalidKeyException(
          "max_backoff_seconds",
          "at least apply.backoff_seconds, which is %d".formatted(backoffSeconds));
    }
  }
}
