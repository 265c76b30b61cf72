package dev.orderly.config;

/** The desks that lease items to agents. */
public record LeasingConfig(
    @Key(
            about =
                "Where heartbeats are kept: postgres writes each of them to the database, redis"
                    + " only those that a lease needs to last, and counts the others in Redis. Who"
                    + " holds what is PostgreSQL's to decide with both.",
            fallback = LeasingConfig.POSTGRES,
            choices = {LeasingConfig.POSTGRES, LeasingConfig.REDIS})
        String backend,
    @Key(about = "Event loops that host desks.", fallback = "1", min = 1, max = 64) int instances,
    @Key(
            about =
                "Desks among which the queues are spread. A node that is set otherwise than those of"
                    + " its cluster does not start.",
            fallback = "64",
            min = 1,
            max = 4096)
        int shards,
    @Key(
            about = "The most requests that a desk answers with one statement.",
            fallback = "256",
            min = 1,
            max = 1000)
        int batchMax,
    @Key(
            about = "The most requests that may wait at a desk; past it callers get a 503.",
            fallback = "10000",
            min = 1,
            max = 1_000_000)
        int inboxMax,
    @Key(
            about =
                "How often agents that wait for work are looked after when no hint comes, in"
                    + " milliseconds.",
            fallback = "1000",
            min = 50,
            max = 60_000)
        int pollIntervalMillis,
    @Key(
            about =
                "How many items of one order one call must get for their leases to stand in a row of"
                    + " their own, which is cheaper as long as nothing but results comes of them, and"
                    + " a little dearer else; 0 for never.",
            fallback = "1",
            min = 0,
            max = 1000)
        int bundleMin) {
  static final String POSTGRES = "postgres";
  static final String REDIS = "redis";

  /** Whether heartbeats are kept in Redis. */
  public boolean withRedis() {
    return backend.equals(REDIS);
  }
}
