package dev.orderly.applying.preview;

import static dev.orderly.api.LiveApi.json;
import static dev.orderly.applying.preview.Types.HOLD;
import static dev.orderly.applying.preview.Types.city;
import static dev.orderly.applying.preview.Types.row;
import static dev.orderly.applying.preview.Types.tier;
import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.testing.OrderRows;
import dev.orderly.testing.TestDatabase;
import dev.orderly.types.Diff;
import dev.orderly.types.Diffs;
import dev.orderly.types.JavaApply;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Undoing a change, by an order that is reviewed, applied and recorded itself. */
@Timeout(60)
class RevertTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  private static Reviews reviews;

  @BeforeAll
  static void start() {
    reviews = new Reviews(db);
    reviews
        .type(Types.revertibleSql("own", "orderly", ""))
        .type(Types.revertibleSql("checked", "orderly", checks()))
        .type(Types.revertibleSql("foreign", "crm", ""))
        .type(Types.revertibleWebhook("hook", reviews.url(), HOLD))
        .type(Types.sql("final", "orderly", ""))
        .type(Types.revertibleSql("quick", "orderly", "") + "  mode: auto\n");
  }

  /** Its checks know nothing of orders that undo. */
  private static String checks() {
    return "approval: { checks: [{ code: tiered, message: has a tier, expect: '$exists(items.result.tier)' }] }\n";
  }

  @AfterAll
  static void stop() {
    reviews.close();
  }

  @BeforeEach
  void clear() {
    reviews.clear();
  }

  private static UUID completed(String type, String city, String tier) {
    var order = reviews.submitted(type, city(city), tier(tier));
    reviews.complete(order);
    return order;
  }

  @Test
  void undoesAChangeOnceItIsApproved() {
    db.execute("insert into public.tiers values ('Graz', 'C')");
    var order = completed("checked", "Graz", "B");

    var revert = reviews.reverting(order);
    var pending = reviews.order(revert);
    var preview = reviews.preview(revert).getJsonObject("diff");

    assertThat(pending.getString("state")).isEqualTo("submitted");
    assertThat(pending.getString("reverts_order_id")).isEqualTo(order.toString());
    assertThat(pending.getString("requested_by_id")).isEqualTo("proposer");
    var item = pending.getJsonArray("items").getJsonObject(0);
    assertThat(item.getJsonObject("input"))
        .isEqualTo(new JsonObject().put("reverts", order.toString()).put("reason", "it was wrong"));
    assertThat(item.getJsonObject("result")).isEqualTo(reviews.order(order).getJsonObject("diff"));
    assertThat(preview.getJsonObject("before")).isEqualTo(row("Graz", "B"));
    assertThat(preview.getJsonObject("after")).isEqualTo(row("Graz", "C"));
    assertThat(reviews.tiers()).containsExactly(city("Graz").put("tier", "B"));

    var done = reviews.complete(revert);

    assertThat(done.getJsonObject("diff")).isEqualTo(preview);
    assertThat(reviews.tiers()).containsExactly(city("Graz").put("tier", "C"));
    OrderRows.assertCounted(db, revert);
    var first = reviews.order(order);
    assertThat(first.getString("state")).isEqualTo("completed");
    assertThat(first.getString("reverted_by")).isEqualTo(revert.toString());
    assertThat(reviews.events(order, "revert_requested").getFirst().getString("actor_id"))
        .isEqualTo("proposer");
    var event = reviews.events(order, "reverted").getFirst();
    assertThat(event.getJsonObject("payload").getString("revert_order_id"))
        .isEqualTo(revert.toString());
    assertThat(event.getJsonObject("diff")).isEqualTo(preview);
  }

  @Test
  void needsNoReason() {
    var order = completed("own", "Graz", "B");

    var asked = reviews.post(reviews.proposer, "/orders/" + order + "/revert", new JsonObject());
    assertThat(asked.statusCode()).as(asked.body()).isEqualTo(201);
    var revert = UUID.fromString(json(asked).getJsonObject("order").getString("id"));

    assertThat(reviews.preview(revert).getJsonObject("diff").getJsonObject("after").isEmpty())
        .isTrue();
    reviews.complete(revert);
    assertThat(reviews.tiers()).isEmpty();
  }

  @Test
  void undoesAChangeInAnotherDatabase() {
    var order = completed("foreign", "Wels", "A");

    reviews.complete(reviews.reverting(order));

    assertThat(TestDatabase.rows(reviews.crm, "select * from tiers")).isEmpty();
  }

  @Test
  void asksATargetToUndoItsChange() {
    var made = new JsonObject("{\"before\": {\"n\": 1}, \"after\": {\"n\": 2}}");
    reviews.target = body -> made;
    var order = completed("hook", "Graz", "B");
    reviews.calls.clear();
    reviews.target = body -> new JsonObject("{\"before\": {\"n\": 2}, \"after\": {\"n\": 1}}");

    var revert = reviews.reverting(order);
    reviews.preview(revert);
    reviews.complete(revert);

    assertThat(reviews.calls.getFirst().dryRun()).isTrue();
    var call = reviews.calls.getLast();
    assertThat(call.dryRun()).isFalse();
    assertThat(call.headers().get("Idempotency-Key")).isEqualTo(revert.toString());
    assertThat(call.body().getJsonObject("order").getString("id")).isEqualTo(order.toString());
    assertThat(call.body().getJsonArray("items").getJsonObject(0).getJsonObject("result"))
        .isEqualTo(tier("B"));
    assertThat(call.body().getJsonObject("diff").getJsonObject("after"))
        .isEqualTo(new JsonObject().put("n", 2));
    assertThat(call.body().getJsonObject("revert"))
        .isEqualTo(new JsonObject().put("id", revert.toString()).put("reason", "it was wrong"));
  }

  @Test
  void undoesAHeldChange() {
    reviews.target =
        body ->
            new JsonObject()
                .put("after", new JsonObject().put("n", body.getBoolean("dry_run", false) ? 1 : 9));
    var order = reviews.submitted("hook", city("Graz"), tier("B"));
    reviews.approve(order);
    assertThat(reviews.order(order).getBoolean("held_for_review")).isTrue();
    var waiting = json(dependingOn(order)).getJsonObject("order").getString("id");

    var revert = reviews.reverting(order);
    reviews.complete(revert);

    var undone = reviews.order(order);
    assertThat(undone.getString("state")).isEqualTo("completed");
    assertThat(undone.getBoolean("held_for_review")).isFalse();
    assertThat(undone.getString("reverted_by")).isEqualTo(revert.toString());
    var item = reviews.order(UUID.fromString(waiting)).getJsonArray("items").getJsonObject(0);
    assertThat(item.getJsonArray("blocked_by").getJsonObject(0).getString("reverted_by"))
        .as("nothing builds on what was undone")
        .isEqualTo(revert.toString());
    assertThat(dependingOn(order).body()).contains("order_ended", "/depends_on/0");
  }

  private static HttpResponse<String> dependingOn(UUID order) {
    return reviews.post(
        reviews.proposer,
        "/propose",
        new JsonObject()
            .put("type", "hook")
            .put("payload", city("Linz"))
            .put("depends_on", new JsonArray().add(order.toString())));
  }

  @Test
  void callsATypesCode() {
    reviews.engine.type(
        new JavaType(
            "java",
            new JavaApply() {
              @Override
              public Diff apply(Context context) {
                context.query("insert into tiers values ('Steyr', 'A')");
                return Diffs.of(new JsonObject(), city("Steyr"), null);
              }

              @Override
              public Diff preview(Context context) {
                return apply(context);
              }

              @Override
              public Diff revert(Context context, Diff applied) {
                var city = ((JsonObject) applied.after()).getString("city");
                context.query("delete from tiers where city = $1", city);
                return Diffs.of(context.order().payload(), new JsonObject(), null);
              }

              @Override
              public Diff previewRevert(Context context, Diff applied) {
                return revert(context, applied);
              }
            },
            true));
    var order = completed("java", "Steyr", "A");

    var revert = reviews.reverting(order);
    var preview = reviews.preview(revert).getJsonObject("diff");

    assertThat(preview.getJsonObject("before")).isEqualTo(city("Steyr"));
    assertThat(reviews.tiers()).hasSize(1);
    reviews.complete(revert);
    assertThat(reviews.tiers()).isEmpty();
    assertThat(reviews.order(order).getString("reverted_by")).isEqualTo(revert.toString());
  }

  @Test
  void isApprovedByTheSystemIfTheTypeSaysSo() {
    var order = completed("quick", "Graz", "B");

    var revert = reviews.reverting(order);

    reviews.awaitState(revert, "completed");
    assertThat(reviews.order(revert).getJsonObject("approved_by").getString("id"))
        .isEqualTo("auto-approval");
    assertThat(reviews.tiers()).isEmpty();
  }

  @Test
  void isRefusedWhereTheTypeDeclaresNone() {
    var order = completed("final", "Graz", "B");

    var refused = reviews.revert(order);

    assertThat(refused.statusCode()).isEqualTo(409);
    assertThat(Reviews.code(refused)).isEqualTo("not_revertible");
    assertThat(json(refused).getString("detail")).contains("Order type final");
    assertThat(json(refused).getJsonArray("next_actions")).hasSize(2);
  }

  @Test
  void isRefusedForWhatWasNotApplied() {
    var order = reviews.submitted("own", city("Graz"), tier("B"));

    var refused = reviews.revert(order);

    assertThat(refused.statusCode()).isEqualTo(409);
    assertThat(Reviews.code(refused)).isEqualTo("state_conflict");
    assertThat(reviews.revert(UUID.randomUUID()).statusCode()).isEqualTo(404);
  }

  @Test
  void isRefusedForARevert() {
    var revert = reviews.reverting(completed("own", "Graz", "B"));
    reviews.complete(revert);

    assertThat(Reviews.code(reviews.revert(revert))).isEqualTo("not_revertible");
  }

  @Test
  void happensOnce() {
    var order = completed("own", "Graz", "B");
    var revert = reviews.reverting(order);

    var during = reviews.revert(order);
    reviews.complete(revert);
    var after = reviews.revert(order);

    for (var refused : List.of(during, after)) {
      assertThat(Reviews.code(refused)).isEqualTo("state_conflict");
      assertThat(json(refused).getString("detail")).contains(revert.toString());
    }
  }

  @Test
  void isOneOrderForManyWhoAskAtOnce() {
    var order = completed("own", "Graz", "B");
    var answers = new ArrayList<CompletableFuture<Integer>>();
    for (int i = 0; i < 12; i++) {
      answers.add(CompletableFuture.supplyAsync(() -> reviews.revert(order).statusCode()));
    }

    var statuses = answers.stream().map(CompletableFuture::join).toList();

    assertThat(statuses).containsOnlyOnce(201).containsOnly(201, 409);
    assertThat(db.rows("select id from work_orders where reverts_order_id = $1", order)).hasSize(1);
  }

  @Test
  void givesItsPlaceBackWhenItIsRejected() {
    var order = completed("own", "Graz", "B");
    var first = reviews.reverting(order);
    assertThat(reviews.reject(first, false).statusCode()).isEqualTo(200);
    assertThat(reviews.tiers()).hasSize(1);

    reviews.complete(reviews.reverting(order));

    assertThat(reviews.tiers()).isEmpty();
  }

  @Test
  void hasNoWorkToSendBack() {
    var revert = reviews.reverting(completed("own", "Graz", "B"));

    var refused = reviews.reject(revert, true);

    assertThat(refused.statusCode()).isEqualTo(409);
    assertThat(Reviews.code(refused)).isEqualTo("state_conflict");
    assertThat(reviews.state(revert)).isEqualTo("submitted");
  }

  @Test
  void repeatsItsAnswerForTheSameKey() {
    var order = completed("own", "Graz", "B");
    var path = "/orders/" + order + "/revert";
    var body = new JsonObject().put("reason", "wrong");

    var first = reviews.api.post(reviews.proposer, path, body, "Idempotency-Key", "undo-1");
    var second = reviews.api.post(reviews.proposer, path, body, "Idempotency-Key", "undo-1");

    assertThat(first.statusCode()).isEqualTo(201);
    assertThat(second.statusCode()).isEqualTo(201);
    assertThat(second.body()).isEqualTo(first.body());
    assertThat(second.headers().firstValue("Idempotency-Replayed")).contains("true");
    assertThat(first.headers().firstValue("Location"))
        .contains("/agent/work/orders/" + json(first).getJsonObject("order").getString("id"));
  }

  @Test
  void needsTheRightToPropose() {
    var order = completed("own", "Graz", "B");

    assertThat(reviews.post(reviews.reviewer, "/orders/" + order + "/revert", new JsonObject()))
        .satisfies(refused -> assertThat(refused.statusCode()).isEqualTo(403));
  }

  @Test
  void failsAndIsRetriedLikeAnyOrder() {
    var order = completed("own", "Graz", "B");
    var revert = reviews.reverting(order);
    db.execute("alter table public.tiers rename to gone");
    try {
      reviews.approve(revert);
      assertThat(reviews.state(revert)).isEqualTo("failed");
    } finally {
      db.execute("alter table public.gone rename to tiers");
    }
    assertThat(reviews.order(order).getValue("reverted_by")).isNull();

    reviews.api.post(reviews.proposer, "/orders/" + revert + "/retry", new JsonObject());

    reviews.awaitState(revert, "completed");
    assertThat(reviews.tiers()).isEmpty();
  }
}
