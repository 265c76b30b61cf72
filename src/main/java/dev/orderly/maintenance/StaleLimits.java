package dev.orderly.maintenance;

import io.vertx.sqlclient.Pool;

/** Forgets what limits need no more: full rate buckets, and turns that keys had long ago. */
public final class StaleLimits implements Duty {
  // The slowest rate refills within this time; a key without a turn on record comes first anyway.
  private static final String BUCKETS =
      "delete from rate_buckets where counted_at < clock_timestamp() - interval '1 hour'";

  private static final String TURNS =
      "delete from lane_turns where served_at < clock_timestamp() - interval '7 days'";

  private final Pool pool;

  public StaleLimits(Pool pool) {
    this.pool = pool;
  }

  @Override
  public String name() {
    return "stale_limits";
  }

  @Override
  public long run() {
    return (long) pool.query(BUCKETS).execute().await().rowCount()
        + pool.query(TURNS).execute().await().rowCount();
  }
}
