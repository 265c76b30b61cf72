package dev.orderly.applying.sql;

import dev.orderly.applying.claim.ApplyFailed;
import dev.orderly.applying.claim.Approved;
import dev.orderly.storage.Tx;
import dev.orderly.types.ApplySpec;
import dev.orderly.types.Diff;
import io.vertx.sqlclient.SqlConnection;
import java.time.Duration;

/**
 * Runs a type's statements and rolls them back, to tell what they would change. Their locks last
 * until then, so the time for all of it is short, and nobody's lock is waited for long.
 */
public final class Rehearsal {
  private static final Duration LOCK_WAIT = Duration.ofSeconds(2);
  private static final String LOCK_TIMEOUT = "set local lock_timeout = %d";
  private static final String STATEMENT_TIMEOUT = "set local statement_timeout = %d";

  /** What would be checked at the commit. */
  private static final String CHECK = "set constraints all immediate";

  /** The only locks that a rollback leaves. */
  private static final String UNLOCK = "select pg_advisory_unlock_all()";

  private final Tx own;
  private final ForeignSqlApplier foreign;

  /**
   * @param own on Orderly's own database
   */
  public Rehearsal(Tx own, ForeignSqlApplier foreign) {
    this.own = own;
    this.foreign = foreign;
  }

  /**
   * @param limit for all statements together
   * @throws ApplyFailed if the change would fail; {@code TypeFailure} too
   */
  public Diff run(ApplySpec.Sql spec, Approved approved, Duration limit) {
    if (spec.datasource().equals(SqlSetup.OWN)) {
      return own.rehearse(
          connection ->
              PublicSchema.within(connection, () -> rehearse(connection, spec, approved, limit)));
    }
    var order = approved.order();
    var pool = foreign.prepared(order.type(), order.typeVersion(), spec);
    return new Tx(pool).rehearse(connection -> rehearse(connection, spec, approved, limit));
  }

  private static Diff rehearse(
      SqlConnection connection, ApplySpec.Sql spec, Approved approved, Duration limit) {
    bound(connection, limit);
    long end = System.nanoTime() + limit.toNanos();
    var diff = SqlChange.run(connection, spec, approved, () -> within(connection, limit, end));
    settle(connection);
    return diff;
  }

  /** Bounds what statements of this transaction may take and wait for. */
  public static void bound(SqlConnection connection, Duration limit) {
    long lockWait = Math.min(LOCK_WAIT.toMillis(), limit.toMillis());
    connection.query(LOCK_TIMEOUT.formatted(lockWait)).execute().await();
    connection.query(STATEMENT_TIMEOUT.formatted(limit.toMillis())).execute().await();
  }

  /** Finds what only the commit would, and leaves no lock behind. */
  public static void settle(SqlConnection connection) {
    connection.query(CHECK).execute().await();
    connection.query(UNLOCK).execute().await();
  }

  private static void within(SqlConnection connection, Duration limit, long end) {
    long left = (end - System.nanoTime()) / 1_000_000;
    if (left < 1) {
      throw ApplyFailed.forNow(
          "The statements took longer than %d ms".formatted(limit.toMillis()), Duration.ZERO);
    }
    connection.query(STATEMENT_TIMEOUT.formatted(left)).execute().await();
  }
}
