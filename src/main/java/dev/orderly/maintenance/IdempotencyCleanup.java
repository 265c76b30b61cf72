package dev.orderly.maintenance;

import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;

/** Forgets idempotency keys whose time is over. */
public final class IdempotencyCleanup implements Duty {
  private static final int BATCH = 1_000;

  // The order keeps the planner on the index: with the limit alone it reads the whole table as soon
  // as it takes a good part of it for expired.
  static final String DELETE =
      """
      delete from idempotency_keys where ctid = any(array(
        select ctid from idempotency_keys where expires_at <= now()
        limit $1 for update skip locked))
      """;

  private final Pool pool;

  public IdempotencyCleanup(Pool pool) {
    this.pool = pool;
  }

  @Override
  public String name() {
    return "idempotency_cleanup";
  }

  @Override
  public long run() {
    long all = 0;
    int deleted;
    do {
      deleted = pool.preparedQuery(DELETE).execute(Tuple.of(BATCH)).await().rowCount();
      all += deleted;
    } while (deleted == BATCH);
    return all;
  }
}
