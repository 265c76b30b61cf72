package dev.orderly.api.rest;

import static dev.orderly.api.LiveApi.json;
import static dev.orderly.api.rest.DependenciesFixture.item;
import static dev.orderly.api.rest.DependenciesFixture.payload;
import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.testing.TestDatabase;
import dev.orderly.testing.TestType;
import dev.orderly.types.ApplyExtras;
import dev.orderly.types.ApplySpec;
import dev.orderly.types.Diff;
import dev.orderly.types.Diffs;
import dev.orderly.types.JavaApply;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whatever is done to an order and in whichever order: its counts and its queue stay exact. */
@Timeout(120)
class RandomWalkTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  private static final int WALKS = 6;
  private static final int STEPS = 40;

  private static final Set<String> ENDED = Set.of("completed", "rejected");

  private static final AtomicBoolean applyFails = new AtomicBoolean();

  private static DependenciesFixture all;

  @BeforeAll
  static void start() {
    all = new DependenciesFixture(db);
  }

  @AfterAll
  static void stop() {
    all.close();
  }

  private static final JavaApply CODE =
      new JavaApply() {
        @Override
        public Diff apply(Context context) {
          if (applyFails.get()) {
            throw new IllegalStateException("fails for now");
          }
          return Diffs.of(new JsonObject(), new JsonObject().put("n", 1), null);
        }
      };

  private static TestType type(boolean goesOn, boolean perItem) {
    var type = new TestType("walk-%s-%s".formatted(goesOn, perItem)).with(new ApplySpec.Java(CODE));
    var extras = perItem ? type.extras(ApplyExtras.PER_ITEM) : type;
    return goesOn ? extras.continuing() : extras;
  }

  @ParameterizedTest
  @CsvSource({"false,false", "false,true", "true,false", "true,true"})
  void leavesNothingHeldThatShouldNotBe(boolean goesOn, boolean perItem) {
    var type = type(goesOn, perItem);
    all.engine.type(type);
    for (int walk = 0; walk < WALKS; walk++) {
      var random = new Random(walk);
      var order =
          all.proposed(
              type.name(),
              payload(item("a"), item("b", "a"), item("c", "b"), item("d"), item("e", "a", "d")));
      var leased = new ArrayList<JsonObject>();
      var trail = new ArrayList<String>();
      for (int step = 0; step < STEPS && !ENDED.contains(all.engine.orderState(order)); step++) {
        trail.add(step(random, order, leased));
        assertExact(order, "walk %d of %s: %s".formatted(walk, type.name(), trail));
      }
    }
  }

  private static String step(Random random, UUID order, List<JsonObject> leased) {
    applyFails.set(random.nextInt(8) == 0);
    var key = String.valueOf((char) ('a' + random.nextInt(5)));
    var item = "/items/" + all.item(order, key).getString("id");
    switch (random.nextInt(13)) {
      case 0, 1, 2 -> {
        var response = all.checkout(order);
        if (response.statusCode() == 200) {
          leased.add(json(response).getJsonObject("item"));
        }
        return "checkout " + response.statusCode();
      }
      case 3, 4, 5 -> {
        return leased.isEmpty()
            ? "-"
            : "submit " + all.submit(leased.remove(random.nextInt(leased.size()))).statusCode();
      }
      case 6 -> {
        var body = new JsonObject().put("retryable", random.nextInt(3) > 0).put("reason", "r");
        return leased.isEmpty()
            ? "-"
            : "fail " + post("/items/" + leased.removeFirst().getString("id") + "/fail", body);
      }
      case 7, 12 -> {
        return "approve " + key + " " + post(item + "/approve", new JsonObject());
      }
      case 8 -> {
        return "rework " + key + " " + post(item + "/reject", errors().put("allow_rework", true));
      }
      case 9 -> {
        return random.nextInt(4) == 0
            ? "reject " + key + " " + post(item + "/reject", errors())
            : "retry " + key + " " + post(item + "/retry", new JsonObject());
      }
      case 10 -> {
        return "retry " + post("/orders/" + order + "/retry", new JsonObject());
      }
      default -> {
        return random.nextBoolean()
            ? "approve " + post("/orders/" + order + "/approve", new JsonObject())
            : "rework " + post("/orders/" + order + "/reject", errors().put("allow_rework", true));
      }
    }
  }

  private static int post(String path, JsonObject body) {
    int status = all.post(path, body).statusCode();
    assertThat(status).as(path).isLessThan(500);
    return status;
  }

  private static JsonObject errors() {
    return new JsonObject()
        .put("errors", new JsonArray().add(new JsonObject().put("code", "c").put("message", "m")));
  }

  private static void assertExact(UUID order, String trail) {
    assertThat(
            db.rows(
                """
                select i.key, i.state, i.held, i.waits_for, o.state as order_state
                from work_items_now i join work_orders o on o.id = i.order_id
                where o.id = $1 and i.state = 'queued' and i.held <>
                  (i.waits_for > 0 or o.state not in ('queued', 'checked_out', 'in_progress', 'submitted'))
                """,
                order))
        .as(trail)
        .isEmpty();
    assertThat(
            db.rows(
                """
                select i.key, i.state, i.waits_for from work_items_now i where i.order_id = $1 and i.waits_for <>
                  (select count(*) from item_dependencies d where d.item_id = i.id and not d.satisfied)
                """,
                order))
        .as(trail)
        .isEmpty();
    // In one statement: changes are made meanwhile.
    assertThat(
            db.rows(
                """
                select o.state from work_orders o join lateral (
                  select count(*) filter (where state = 'queued') as queued,
                    count(*) filter (where state = 'leased') as leased,
                    count(*) filter (where state = 'in_progress') as in_progress,
                    count(*) filter (where state = 'submitted') as submitted,
                    count(*) filter (where state = 'accepted') as accepted,
                    count(*) filter (where state = 'completed') as completed,
                    count(*) filter (where state = 'rejected') as rejected,
                    count(*) filter (where state = 'failed') as failed,
                    count(*) filter (where state = 'cancelled') as cancelled
                  from work_items_now where order_id = o.id) i on true
                where o.id = $1 and (o.items_queued, o.items_leased, o.items_in_progress, o.items_submitted,
                    o.items_accepted, o.items_completed, o.items_rejected, o.items_failed, o.items_cancelled)
                  <> (i.queued, i.leased, i.in_progress, i.submitted,
                    i.accepted, i.completed, i.rejected, i.failed, i.cancelled)
                """,
                order))
        .as(trail)
        .isEmpty();
  }
}
