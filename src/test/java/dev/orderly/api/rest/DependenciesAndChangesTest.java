package dev.orderly.api.rest;

import static dev.orderly.api.LiveApi.json;
import static dev.orderly.api.rest.DependenciesFixture.item;
import static dev.orderly.api.rest.DependenciesFixture.payload;
import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.testing.OrderRows;
import dev.orderly.testing.TestDatabase;
import dev.orderly.testing.TestType;
import dev.orderly.testing.TypeTexts;
import dev.orderly.types.ApplyExtras;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Items that wait for others, where their changes are made one by one or are held. */
@Timeout(60)
class DependenciesAndChangesTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  private static DependenciesFixture all;

  @BeforeAll
  static void start() {
    all = new DependenciesFixture(db);
  }

  @AfterAll
  static void stop() {
    all.close();
  }

  private static void approveItem(UUID order, String key) {
    var id = all.item(order, key).getString("id");
    var response = all.post("/items/" + id + "/approve", new JsonObject());
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
  }

  private static void awaitState(UUID order, String key, String state) {
    long end = System.nanoTime() + TestDatabase.LIMIT.toNanos();
    while (!all.item(order, key).getString("state").equals(state)) {
      assertThat(System.nanoTime()).as("item %s became %s", key, state).isLessThan(end);
    }
  }

  @Test
  void whatWasMadeOfAnItemThatIsAppliedAlreadyIsNotTakenBack() {
    all.engine.type(new TestType("applied-between").extras(ApplyExtras.PER_ITEM));
    var order =
        all.proposed(
            "applied-between", payload(item("a"), item("b", "a"), item("c", "b"), item("d")));
    assertThat(List.of(all.workOne(order), all.workOne(order), all.workOne(order)))
        .containsExactly("a", "b", "c");
    approveItem(order, "b");
    awaitState(order, "b", "completed");
    all.workOne(order);

    assertThat(all.sendBack(order, "a").statusCode()).isEqualTo(200);

    assertThat(all.item(order, "c").getString("state")).isEqualTo("submitted");
    assertThat(all.leasable(order)).containsExactly("a");
    all.workOne(order);
    assertThat(all.approve(order).statusCode()).isEqualTo(200);
    assertThat(all.order(order).getString("state")).isEqualTo("completed");
    all.assertConsistent(order);
    OrderRows.assertCounted(db, order);
  }

  @Test
  void whatIsSentBackAfterItsChangeWasHeldTakesBackWhatWaitedForItsAcceptance(
      @TempDir Path directory) {
    db.execute("create table public.links (k text primary key)");
    all.engine.type(
        TypeTexts.type(
            directory,
            """
            type: held-chain
            payload: { type: object }
            plan: '[{ "key": "a", "input": {} }, { "key": "b", "input": {}, "depends_on": ["a"] }]'
            dependencies: { satisfied_by: accepted }
            submission: { schema: { type: object } }
            approval: { hold_on_difference: true }
            apply:
              sql:
                steps:
                  - { name: put, statement: insert into links values (:k), params: { k: order.id } }
                diff:
                  before: { query: select k from links, key: k }
                  after: { query: select k from links, key: k }
            """));
    var order = all.proposed("held-chain", new JsonObject());
    all.workOne(order);
    approveItem(order, "a");
    all.workOne(order);
    all.get("/orders/" + order + "/preview");
    db.execute("insert into public.links values ('another')");
    var held = all.approve(order);
    assertThat(json(held).getJsonObject("order").getString("state")).isEqualTo("submitted");

    assertThat(all.sendBack(order, "a").statusCode()).isEqualTo(200);

    assertThat(all.item(order, "b").getInteger("waits_for")).isEqualTo(1);
    assertThat(all.leasable(order)).containsExactly("a");
    all.workOne(order);
    approveItem(order, "a");
    assertThat(all.workOne(order)).isEqualTo("b");
    all.assertConsistent(order);
    assertThat(all.approve(order).statusCode()).isEqualTo(200);
    assertThat(all.order(order).getString("state")).isEqualTo("completed");
    OrderRows.assertCounted(db, order);
  }
}
