package dev.orderly.applying.sql;

import dev.orderly.applying.claim.Claim;
import dev.orderly.types.ApplyExtras.Hook;
import dev.orderly.types.Diffs;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlConnection;
import java.util.UUID;

/** Runs the statements that follow a change. */
public final class HookSql {
  private static final String WHAT = "The statement after the change";

  private final ForeignSqlApplier foreign;

  public HookSql(ForeignSqlApplier foreign) {
    this.foreign = foreign;
  }

  /** True if the statement is for Orderly's own database, and so goes with its mark. */
  public static boolean isOwn(Hook.Sql hook) {
    return hook.datasource().equals(SqlSetup.OWN);
  }

  /** In the caller's transaction. */
  public void runOwn(SqlConnection connection, Hook.Sql hook, JsonObject document) {
    PublicSchema.within(
        connection,
        () -> SqlChange.statement(connection, WHAT, hook.statement(), hook.params(), document));
  }

  /**
   * In another database, once.
   *
   * @param key of the step, the same for each try
   */
  public void runForeign(Claim claim, UUID key, Hook.Sql hook, JsonObject document) {
    foreign.once(
        hook.datasource(),
        key,
        claim,
        connection -> {
          int rows =
              SqlChange.statement(connection, WHAT, hook.statement(), hook.params(), document);
          return Diffs.none(rows == 1 ? "1 row" : rows + " rows");
        });
  }
}
