package dev.orderly.applying.code;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.applying.ApplyFixture;
import dev.orderly.applying.hold.Expected;
import dev.orderly.storage.Tx;
import dev.orderly.testing.OrderRows;
import dev.orderly.testing.TestDatabase;
import dev.orderly.types.ApplySpec;
import dev.orderly.types.Diff;
import dev.orderly.types.JavaApply;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class JavaApplyTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  private static final Diff DIFF =
      new Diff(new JsonObject(), new JsonObject(), new JsonArray(), "marked");

  private final List<String> calls = new CopyOnWriteArrayList<>();
  private ApplyFixture apply;

  @BeforeEach
  void createTable() {
    apply = new ApplyFixture(db);
    db.execute("create table public.marks (order_id uuid, fence bigint)");
  }

  @AfterEach
  void dropTable() {
    apply.stopNodes();
    db.execute("drop table public.marks");
    db.execute("delete from work_orders");
  }

  /** Notes its calls and writes a row. */
  private class Marking implements JavaApply {
    @Override
    public void beforeApply(Context context) {
      calls.add("before");
    }

    @Override
    public Diff apply(Context context) {
      calls.add("apply");
      var rows =
          context.query(
              "insert into marks values ($1, $2) returning order_id::text",
              context.idempotencyKey(),
              context.fence());
      calls.add(rows.getJsonObject(0).getString("order_id"));
      return DIFF;
    }

    @Override
    public void afterApply(Context context, Diff diff) {
      calls.add("after " + diff.summary());
    }
  }

  private UUID order(JavaApply code, int maxAttempts) {
    apply.type("code", new ApplySpec.Java(code));
    return OrderRows.approved(db, "code", maxAttempts, new JsonObject(), new JsonObject());
  }

  private long marks() {
    return db.<Long>value("select count(*) from public.marks");
  }

  @Test
  void commitsTheCodesStatementsWithTheOrder() {
    var order = order(new Marking(), 3);

    apply.settle(order);

    assertThat(calls).containsExactly("before", "apply", order.toString(), "after marked");
    assertThat(apply.state(order)).isEqualTo("completed");
    assertThat(marks()).isEqualTo(1);
    assertThat(OrderRows.itemStates(db, order)).containsExactly("completed");
    OrderRows.assertCounted(db, order);
    assertThat(OrderRows.events(db, order))
        .containsExactly("apply_started", "applied", "completed 0", "completed");
  }

  @Test
  void rollsBackTheCodesStatementsWhenItThrowsAndTriesAgain() {
    var order =
        order(
            new Marking() {
              @Override
              public Diff apply(Context context) {
                var diff = super.apply(context);
                if (context.fence() == 1) {
                  throw new IllegalStateException("the mail server is away");
                }
                return diff;
              }
            },
            3);

    apply.settle(order);

    assertThat(db.rows("select fence from public.marks"))
        .containsExactly(new JsonObject().put("fence", 2));
    assertThat(
            apply
                .payloads(order, "apply_failed")
                .getFirst()
                .getJsonObject("error")
                .getString("message"))
        .isEqualTo("The type's code failed: the mail server is away");
  }

  @Test
  void failsAtOnceWhenTheCodesStatementIsRefused() {
    var order =
        order(
            new Marking() {
              @Override
              public Diff apply(Context context) {
                context.query("select * from work_orders");
                return DIFF;
              }
            },
            3);

    apply.settle(order);

    assertThat(apply.state(order)).isEqualTo("failed");
    assertThat(apply.order(order).getJsonObject("error").getString("message"))
        .contains("relation \"work_orders\" does not exist");
  }

  @Test
  void cannotHideARefusedStatementFromTheTransaction() {
    var order =
        order(
            new Marking() {
              @Override
              public Diff apply(Context context) {
                super.apply(context);
                try {
                  context.query("select 1/0");
                } catch (RuntimeException e) {
                  calls.add("hidden");
                }
                return DIFF;
              }
            },
            1);

    apply.settle(order);

    assertThat(calls).contains("hidden");
    assertThat(apply.state(order)).isEqualTo("failed");
    assertThat(marks()).isZero();
  }

  @Test
  void triesOnlyWhatFollowsAgainOnceTheChangeIsMade() {
    var order =
        order(
            new Marking() {
              @Override
              public void afterApply(Context context, Diff diff) {
                super.afterApply(context, diff);
                context.query("insert into marks values (null, $1)", context.fence());
                if (context.fence() < 3) {
                  throw new IllegalStateException("no mail today");
                }
              }
            },
            3);

    apply.settle(order);

    assertThat(calls)
        .containsExactly(
            "before", "apply", order.toString(), "after marked", "after marked", "after marked");
    assertThat(apply.state(order)).isEqualTo("completed");
    assertThat(db.rows("select fence from public.marks where order_id is not null")).hasSize(1);
    assertThat(OrderRows.events(db, order))
        .containsExactly(
            "apply_started",
            "applied",
            "completed 0",
            "apply_failed",
            "apply_started",
            "apply_failed",
            "apply_started",
            "completed");
  }

  @Test
  void completesAnOrderWhoseChangeWasMadeEvenIfNothingFollows() {
    var order =
        order(
            new Marking() {
              @Override
              public void afterApply(Context context, Diff diff) {
                throw new IllegalStateException("no mail today");
              }
            },
            2);

    apply.settle(order);

    assertThat(apply.state(order)).isEqualTo("completed");
    assertThat(marks()).isEqualTo(1);
    assertThat(OrderRows.events(db, order))
        .containsExactly(
            "apply_started",
            "applied",
            "completed 0",
            "apply_failed",
            "apply_started",
            "after_apply_failed",
            "completed");
    assertThat(
            apply
                .payloads(order, "after_apply_failed")
                .getFirst()
                .getJsonObject("error")
                .getString("message"))
        .isEqualTo("The type's code failed: no mail today");
  }

  @Test
  void resumesWhatFollowsWhenTheNodeDiedInBetween() {
    var order = order(new Marking(), 3);
    var claim = apply.claim("dead-node");
    db.run(
        () -> {
          new JavaApplier(new Tx(db.pool()), db.vertx().getOrCreateContext())
              .apply(claim.followed(true), new Marking(), Expected.ANYTHING);
          return null;
        });
    assertThat(apply.state(order)).isEqualTo("applied");
    calls.clear();
    apply.lapse(order);

    apply.settle(order);

    assertThat(calls).containsExactly("after marked");
    assertThat(apply.state(order)).isEqualTo("completed");
    assertThat(marks()).isEqualTo(1);
  }

  @Test
  void codeThatBlocksHoldsUpNoOtherOrder() {
    var release = new CountDownLatch(1);
    apply.type(
        "slow",
        new ApplySpec.Java(
            new Marking() {
              @Override
              public Diff apply(Context context) {
                try {
                  release.await();
                } catch (InterruptedException e) {
                  throw new IllegalStateException(e);
                }
                return DIFF;
              }
            }));
    var slow = OrderRows.approved(db, "slow", 3, new JsonObject(), new JsonObject());
    var quick = order(new Marking(), 3);

    apply.node();
    apply.awaitSettled(quick);
    assertThat(apply.state(slow)).isEqualTo("approved");
    release.countDown();
    apply.awaitSettled(slow);
  }

  @Test
  void refusesCodeThatGivesNoDiff() {
    var order =
        order(
            new Marking() {
              @Override
              public Diff apply(Context context) {
                return null;
              }
            },
            3);

    apply.settle(order);

    assertThat(apply.order(order).getJsonObject("error").getString("message"))
        .isEqualTo("The type's code gave no diff");
  }

  @Test
  void interruptsCodeThatTakesTooLongAndTriesAgain() throws Exception {
    var settled = new CountDownLatch(1);
    var late = new CompletableFuture<String>();
    var began = new AtomicBoolean();
    var order =
        order(
            new Marking() {
              @Override
              public Duration applyTimeout() {
                return began.get() ? Duration.ofMinutes(1) : Duration.ofMillis(500);
              }

              @Override
              public Diff apply(Context context) {
                if (context.fence() > 1) {
                  return super.apply(context);
                }
                began.set(true);
                try {
                  new CountDownLatch(1).await();
                } catch (InterruptedException e) {
                  calls.add("interrupted");
                }
                try {
                  settled.await();
                  context.query("insert into marks values (null, 99)");
                  late.complete("written");
                } catch (InterruptedException | IllegalStateException e) {
                  late.complete(e.getMessage());
                }
                return DIFF;
              }
            },
            3);

    apply.settle(order);
    settled.countDown();

    assertThat(late.get(TestDatabase.LIMIT.toSeconds(), TimeUnit.SECONDS))
        .isEqualTo("the hook is over; its context cannot be used any more");
    assertThat(calls).contains("interrupted");
    assertThat(db.rows("select fence from public.marks"))
        .containsExactly(new JsonObject().put("fence", 2));
    assertThat(apply.state(order)).isEqualTo("completed");
    assertThat(message(apply.payloads(order, "apply_failed").getFirst()))
        .isEqualTo("The type's code took longer than 500 ms");
  }

  @Test
  void completesTheOrderWhenWhatFollowsNeverEnds() {
    var order =
        order(
            new Marking() {
              @Override
              public Duration applyTimeout() {
                return Duration.ofMillis(500);
              }

              @Override
              public void afterApply(Context context, Diff diff) {
                try {
                  new CountDownLatch(1).await();
                } catch (InterruptedException e) {
                  calls.add("interrupted");
                }
              }
            },
            1);

    apply.settle(order);

    assertThat(apply.state(order)).isEqualTo("completed");
    assertThat(message(apply.payloads(order, "after_apply_failed").getFirst()))
        .isEqualTo("The type's code took longer than 500 ms");
  }

  @Test
  void refusesATimeoutThatIsNone() {
    var order =
        order(
            new Marking() {
              @Override
              public Duration applyTimeout() {
                return Duration.ZERO;
              }
            },
            3);

    apply.settle(order);

    assertThat(calls).isEmpty();
    assertThat(apply.order(order).getJsonObject("error").getString("message"))
        .isEqualTo("The type's apply timeout must be 1 ms to 3600 s, found PT0S");
  }

  private static String message(JsonObject attempt) {
    return attempt.getJsonObject("error").getString("message");
  }
}
