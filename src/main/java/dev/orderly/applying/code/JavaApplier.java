package dev.orderly.applying.code;

import dev.orderly.applying.claim.ApplyFailed;
import dev.orderly.applying.claim.ApplyStore;
import dev.orderly.applying.claim.Approved;
import dev.orderly.applying.claim.Claim;
import dev.orderly.applying.sql.PublicSchema;
import dev.orderly.applying.sql.SqlChange;
import dev.orderly.bus.Tasks;
import dev.orderly.domain.Rejected;
import dev.orderly.storage.Tx;
import dev.orderly.types.ApplySpec;
import dev.orderly.types.ItemView;
import dev.orderly.types.JavaApply;
import dev.orderly.types.OrderView;
import dev.orderly.types.TypeFailure;
import io.vertx.core.Context;
import io.vertx.core.json.JsonArray;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/**
 * Runs a type's own code. Its hooks have a virtual thread of their own, so that code which blocks
 * without awaiting holds up no other order.
 */
public final class JavaApplier {
  /** The server's limit for idle transactions is meant for lost clients, not for working code. */
  private static final String MAY_PAUSE = "set local idle_in_transaction_session_timeout = '10min'";

  private final Tx tx;
  private final Context context;

  /**
   * @param context of the verticle whose tasks wait for the hooks
   */
  public JavaApplier(Tx tx, Context context) {
    this.tx = tx;
    this.context = context;
  }

  /** Makes the change; the order is applied, and completes by {@link #follow}. */
  public void apply(Claim claim, JavaApply code) {
    tx.run(
        connection -> {
          connection.query(MAY_PAUSE).execute().await();
          var approved = ApplyStore.lock(connection, claim);
          var diff =
              PublicSchema.within(
                  connection,
                  () -> {
                    var given = new Given(approved, claim, query(connection));
                    return hook(
                        () -> {
                          code.beforeApply(given);
                          return code.apply(given);
                        });
                  });
          if (diff == null) {
            throw ApplyFailed.forGood("The type's code gave no diff");
          }
          ApplyStore.apply(connection, claim, approved, diff);
          return null;
        });
  }

  /** Runs what follows the change, each of its statements in a transaction of its own. */
  public void follow(Claim claim, ApplySpec.Java spec) {
    var applied = tx.run(connection -> ApplyStore.loadApplied(connection, claim));
    var given = new Given(applied.approved(), claim, this::queryAlone);
    hook(
        () -> {
          spec.code().afterApply(given, applied.diff());
          return null;
        });
    tx.run(
        connection -> {
          ApplyStore.completeApplied(connection, claim, List.of());
          return null;
        });
  }

  private <T> T hook(Supplier<T> work) {
    try {
      return Tasks.offload(context, work).await();
    } catch (Throwable e) {
      throw shown(e);
    }
  }

  /** The type's author writes its messages for the order's people. */
  private static RuntimeException shown(Throwable failure) {
    return switch (failure) {
      case ApplyFailed e -> e;
      case TypeFailure e -> e;
      case PgException e -> e;
      case Rejected e -> ApplyFailed.forGood(e.detail(), e);
      default ->
          ApplyFailed.forNow(
              "The type's code failed: "
                  + (failure.getMessage() != null
                      ? failure.getMessage()
                      : failure.getClass().getSimpleName()),
              failure);
    };
  }

  private static BiFunction<String, Object[], JsonArray> query(SqlConnection connection) {
    return (sql, params) -> {
      try {
        var rows = new JsonArray();
        for (Row row : connection.preparedQuery(sql).execute(Tuple.wrap(params)).await()) {
          rows.add(row.toJson());
        }
        return rows;
      } catch (PgException e) {
        throw SqlChange.refused("A statement of the type's code", e);
      }
    };
  }

  private JsonArray queryAlone(String sql, Object[] params) {
    return tx.run(
        connection -> PublicSchema.within(connection, () -> query(connection).apply(sql, params)));
  }

  /** What the code is given. */
  private record Given(
      Approved approved, Claim claim, BiFunction<String, Object[], JsonArray> statement)
      implements JavaApply.Context {
    @Override
    public OrderView order() {
      return approved.order();
    }

    @Override
    public List<ItemView> items() {
      return approved.items();
    }

    @Override
    public UUID idempotencyKey() {
      return claim.orderId();
    }

    @Override
    public long fence() {
      return claim.fence();
    }

    @Override
    public JsonArray query(String sql, Object... params) {
      return statement.apply(sql, params);
    }
  }
}
