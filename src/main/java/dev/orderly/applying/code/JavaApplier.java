package dev.orderly.applying.code;

import dev.orderly.applying.claim.ApplyFailed;
import dev.orderly.applying.claim.ApplyStore;
import dev.orderly.applying.claim.Approved;
import dev.orderly.applying.claim.Claim;
import dev.orderly.applying.hold.Differs;
import dev.orderly.applying.hold.Expected;
import dev.orderly.applying.sql.PublicSchema;
import dev.orderly.applying.sql.Rehearsal;
import dev.orderly.applying.sql.SqlChange;
import dev.orderly.bus.Tasks;
import dev.orderly.domain.Rejected;
import dev.orderly.storage.Tx;
import dev.orderly.types.Diff;
import dev.orderly.types.FollowUp;
import dev.orderly.types.ItemView;
import dev.orderly.types.JavaApply;
import dev.orderly.types.OrderView;
import dev.orderly.types.TypeFailure;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;

/** Runs a type's own code, each try's and what follows it as a {@link Hook}. */
public final class JavaApplier {
  /** The server's limit for idle transactions is meant for lost clients, not for working code. */
  private static final String MAY_PAUSE = "set local idle_in_transaction_session_timeout = %d";

  private static final Duration BEYOND_THE_HOOK = Duration.ofMinutes(1);

  private final Tx tx;
  private final Context context;

  /**
   * @param context of the verticle whose tasks wait for the hooks
   */
  public JavaApplier(Tx tx, Context context) {
    this.tx = tx;
    this.context = context;
  }

  /**
   * Makes the change, or undoes another's.
   *
   * @throws Differs if the change is not the expected one; what went through the context is undone
   */
  public void apply(Claim claim, JavaApply code, Expected expected) {
    tx.run(
        connection -> {
          var pause = Hook.limit(code).plus(BEYOND_THE_HOOK).toMillis();
          connection.query(MAY_PAUSE.formatted(pause)).execute().await();
          var approved = ApplyStore.lock(connection, claim);
          var diff =
              PublicSchema.within(
                  connection,
                  () -> {
                    var hook = new Hook(context, code);
                    var given =
                        new Given(approved, claim.key(), claim.fence(), hook, query(connection));
                    return run(hook, () -> change(code, given));
                  });
          if (diff == null) {
            throw ApplyFailed.forGood("The type's code gave no diff");
          }
          expected.require(diff);
          ApplyStore.complete(connection, claim, approved, diff);
          return null;
        });
  }

  private static Diff change(JavaApply code, Given given) {
    var undone = given.approved().undone();
    if (undone != null) {
      return code.revert(given, undone.diff());
    }
    code.beforeApply(given);
    return code.apply(given);
  }

  /**
   * Has the code foretell its change; nothing of what goes through its context stays.
   *
   * @return null if the code cannot tell
   */
  public Diff preview(Approved approved, JavaApply code, Duration limit) {
    return tx.rehearse(
        connection -> {
          var pause = limit.plus(BEYOND_THE_HOOK).toMillis();
          connection.query(MAY_PAUSE.formatted(pause)).execute().await();
          Rehearsal.bound(connection, limit);
          return PublicSchema.within(
              connection,
              () -> {
                var hook = new Hook(context, code, limit);
                var given = new Given(approved, approved.order().id(), 0, hook, query(connection));
                var undone = approved.undone();
                var diff =
                    run(
                        hook,
                        () ->
                            undone == null
                                ? code.preview(given)
                                : code.previewRevert(given, undone.diff()));
                Rehearsal.settle(connection);
                return diff;
              });
        });
  }

  /** Runs what follows the change, each of its statements in a transaction of its own. */
  public void follow(Claim claim, JavaApply code, ApplyStore.Applied applied) {
    after(
        claim,
        code,
        applied,
        given -> {
          code.afterApply(given, applied.diff());
          return null;
        });
  }

  /** The orders that the code wants proposed next. */
  public List<FollowUp> followUps(Claim claim, JavaApply code, ApplyStore.Applied applied) {
    return after(claim, code, applied, given -> code.followUps(given, applied.diff()));
  }

  private <T> T after(
      Claim claim, JavaApply code, ApplyStore.Applied applied, Function<Given, T> work) {
    var hook = new Hook(context, code);
    var given = new Given(applied.approved(), claim.key(), claim.fence(), hook, this::queryAlone);
    return run(hook, () -> work.apply(given));
  }

  private static <T> T run(Hook hook, Supplier<T> work) {
    try {
      return hook.run(work);
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

  private static BiFunction<String, Object[], Future<JsonArray>> query(SqlConnection connection) {
    return (sql, params) ->
        connection.preparedQuery(sql).execute(Tuple.wrap(params)).map(JavaApplier::json);
  }

  /** The transaction is a task of the context's: an interrupt of the hook cannot tear it. */
  private Future<JsonArray> queryAlone(String sql, Object[] params) {
    return Tasks.run(
        context,
        () ->
            tx.run(
                connection ->
                    PublicSchema.within(
                        connection, () -> query(connection).apply(sql, params).await())));
  }

  private static JsonArray json(RowSet<Row> found) {
    var rows = new JsonArray();
    found.forEach(row -> rows.add(row.toJson()));
    return rows;
  }

  /** What the code is given. */
  private record Given(
      Approved approved,
      UUID idempotencyKey,
      long fence,
      Hook hook,
      BiFunction<String, Object[], Future<JsonArray>> statement)
      implements JavaApply.Context {
    @Override
    public OrderView order() {
      return approved.shown().order();
    }

    @Override
    public List<ItemView> items() {
      return approved.shown().items();
    }

    @Override
    public JsonArray query(String sql, Object... params) {
      try {
        return hook.begin(() -> statement.apply(sql, params)).await();
      } catch (PgException e) {
        throw SqlChange.refused("A statement of the type's code", e);
      }
    }
  }
}
