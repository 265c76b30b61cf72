package dev.orderly.applying.followup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.orderly.applying.ApplyFixture;
import dev.orderly.applying.Hooked;
import dev.orderly.applying.LiveOrders;
import dev.orderly.applying.claim.Claim;
import dev.orderly.applying.claim.ClaimLost;
import dev.orderly.applying.hold.Expected;
import dev.orderly.applying.sql.SqlApplier;
import dev.orderly.storage.Tx;
import dev.orderly.testing.TestDatabase;
import dev.orderly.types.ApplySpec;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class AfterApplyTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  @TempDir static Path directory;

  private final List<String> nodes = new ArrayList<>();
  private static LiveOrders orders;
  private Hooked target;

  @BeforeAll
  static void deploy() {
    orders = new LiveOrders(db, directory);
  }

  @AfterAll
  static void close() {
    orders.close();
  }

  @BeforeEach
  void start() {
    db.execute("create table if not exists public.told (id text, n int)");
    db.execute("create table if not exists public.done (id text)");
    target = new Hooked(db);
  }

  @AfterEach
  void stop() {
    nodes.forEach(node -> TestDatabase.await(db.vertx().undeploy(node)));
    target.close();
    db.execute("truncate public.told, public.done");
    db.execute("delete from work_orders");
  }

  private void declare() {
    orders.declare(
        "told",
        """
        apply:
          sql:
            steps:
              - { name: one, statement: 'insert into done values (:id)', params: { id: order.id } }
            diff: { before: { value: '{}' }, after: { value: '{"done": true}' }, summary: '"is done"' }
          max_attempts: 3
        after_apply:
          - webhook: { url: '%s' }
          - sql:
              statement: insert into told values (:id, :n::int)
              params: { id: diff.summary, n: $count(items) }
          - webhook: { url: '%s' }
        """
            .formatted(target.url("/first"), target.url("/last")));
  }

  private UUID approved() {
    var order = orders.propose("told", "a", "b");
    orders.submit(order, 2);
    orders.approve(order);
    return order;
  }

  private long told() {
    return db.<Long>value("select count(*) from public.told");
  }

  @Test
  void runsTheHooksInTheirOrderOnceTheChangeIsRecorded() {
    declare();
    nodes.add(orders.node());
    var order = approved();

    var shown = orders.await(order, "completed");

    assertThat(shown.getJsonObject("diff").getString("summary")).isEqualTo("is done");
    assertThat(db.row("select * from public.told"))
        .isEqualTo(new JsonObject().put("id", "is done").put("n", 2));
    assertThat(target.calls("/first")).hasSize(1);
    var call = target.calls("/last").getFirst();
    assertThat(call.headers().get("Idempotency-Key")).isEqualTo(order + "-after-2");
    assertThat(call.body().getInteger("hook")).isEqualTo(2);
    assertThat(call.body().getJsonObject("diff").getJsonObject("after"))
        .isEqualTo(new JsonObject().put("done", true));
    assertThat(call.body().getJsonArray("items")).hasSize(2);
    assertThat(call.body().getJsonObject("order").getString("id")).isEqualTo(order.toString());
    assertThat(orders.events(order, "after_apply_done"))
        .extracting(event -> event.getJsonObject("payload").getString("kind"))
        .containsExactly("webhook", "sql", "webhook");
    assertThat(orders.events(order, "after_apply_failed")).isEmpty();
  }

  @Test
  void aHookThatFailsIsTriedAgainAndThenLeftForTheNext() {
    declare();
    target.answer(call -> call.path().equals("/first") ? 503 : 200);
    nodes.add(orders.node());
    var order = approved();

    orders.await(order, "completed");

    assertThat(target.calls("/first")).hasSize(3);
    assertThat(target.calls("/last")).hasSize(1);
    assertThat(told()).isEqualTo(1);
    assertThat(db.<Long>value("select count(*) from public.done")).isEqualTo(1);
    var failed = orders.events(order, "after_apply_failed");
    assertThat(failed).hasSize(1);
    var payload = failed.getFirst().getJsonObject("payload");
    assertThat(payload.getInteger("hook")).isZero();
    assertThat(payload.getInteger("attempt")).isEqualTo(3);
    assertThat(payload.getJsonObject("error").getString("message")).contains("503");
  }

  @Test
  void aHookThatIsRefusedForGoodIsNotTriedAgain() {
    declare();
    target.answer(call -> call.path().equals("/first") ? 422 : 200);
    nodes.add(orders.node());
    var order = approved();

    orders.await(order, "completed");

    assertThat(target.calls("/first")).hasSize(1);
    assertThat(orders.events(order, "after_apply_failed")).hasSize(1);
    assertThat(told()).isEqualTo(1);
  }

  /** As a node leaves it that dies after the first hook. */
  private Claim dieAfterTheFirstHook(UUID order) {
    var apply = new ApplyFixture(db);
    var claim = apply.claim("dead-node").followed(true);
    var spec = (ApplySpec.Sql) orders.engine().registry().current("told").orElseThrow().apply();
    db.run(
        () -> {
          new SqlApplier(new Tx(db.pool())).apply(claim, spec, Expected.ANYTHING);
          return null;
        });
    var after = claim.afterChange();
    db.run(
        () ->
            new Tx(db.pool())
                .run(
                    connection -> {
                      FollowStore.lock(connection, after);
                      FollowStore.mark(connection, after, 0, true, false, List.of());
                      return null;
                    }));
    apply.lapse(order);
    return after;
  }

  @Test
  void anotherNodeGoesOnWhereTheFirstDied() {
    declare();
    var order = approved();
    dieAfterTheFirstHook(order);
    assertThat(orders.show(order).getString("state")).isEqualTo("applied");

    nodes.add(orders.node());
    orders.await(order, "completed");

    assertThat(target.calls("/first")).isEmpty();
    assertThat(target.calls("/last")).hasSize(1);
    assertThat(told()).isEqualTo(1);
    assertThat(db.<Long>value("select count(*) from public.done")).isEqualTo(1);
  }

  @Test
  void aTryThatLostItsClaimMarksNothing() {
    declare();
    var order = approved();
    var dead = dieAfterTheFirstHook(order);
    new ApplyFixture(db).claim("other-node");

    assertThatThrownBy(
            () ->
                db.run(
                    () ->
                        new Tx(db.pool())
                            .run(
                                connection -> {
                                  FollowStore.lock(connection, dead);
                                  return null;
                                })))
        .isInstanceOf(ClaimLost.class);
  }

  @Test
  void severalNodesRunEachHookOnce() {
    declare();
    for (int i = 0; i < 3; i++) {
      nodes.add(orders.node());
    }
    var all = new ArrayList<UUID>();
    for (int i = 0; i < 20; i++) {
      all.add(approved());
    }

    all.forEach(order -> orders.await(order, "completed"));

    assertThat(told()).isEqualTo(20);
    assertThat(target.calls("/first")).hasSize(20);
    assertThat(target.calls("/last")).hasSize(20);
  }
}
