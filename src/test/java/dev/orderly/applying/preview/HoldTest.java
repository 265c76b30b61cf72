package dev.orderly.applying.preview;

import static dev.orderly.api.LiveApi.json;
import static dev.orderly.applying.preview.Types.HOLD;
import static dev.orderly.applying.preview.Types.city;
import static dev.orderly.applying.preview.Types.row;
import static dev.orderly.applying.preview.Types.tier;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.orderly.applying.ApplyFixture;
import dev.orderly.applying.claim.ClaimLost;
import dev.orderly.applying.hold.HoldOrders;
import dev.orderly.applying.hold.HoldOrders.Unpredicted;
import dev.orderly.storage.Tx;
import dev.orderly.testing.OrderRows;
import dev.orderly.testing.TestDatabase;
import dev.orderly.types.Diff;
import dev.orderly.types.Diffs;
import dev.orderly.types.JavaApply;
import dev.orderly.types.PredictionSpec;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Changes that are not what was approved are held for review, where the type says so. */
@Timeout(60)
class HoldTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  private static Reviews reviews;

  @BeforeAll
  static void start() {
    reviews = new Reviews(db);
    reviews
        .type(Types.sql("own", "orderly", HOLD))
        .type(Types.sql("free", "orderly", ""))
        .type(Types.sql("foreign", "crm", HOLD))
        .type(Types.sql("auto", "orderly", "approval: { mode: auto, hold_on_difference: true }\n"))
        .type(Types.webhook("hook", reviews.url(), true, HOLD));
  }

  @AfterAll
  static void stop() {
    reviews.close();
  }

  @BeforeEach
  void clear() {
    reviews.clear();
  }

  private static JsonObject diff(String before, String after) {
    return new JsonObject()
        .put("before", new JsonObject().put("n", before))
        .put("after", new JsonObject().put("n", after));
  }

  /** The order is back with its reviewers, and nothing else is left of its approval. */
  private static void assertHeld(UUID order) {
    var held = reviews.order(order);
    assertThat(held.getString("state")).isEqualTo("submitted");
    assertThat(held.getJsonObject("error").getString("code")).isEqualTo("prediction_differs");
    assertThat(held.getValue("approved_by")).isNull();
    assertThat(held.getValue("approved_at")).isNull();
    assertThat(held.getValue("diff")).isNull();
    assertThat(held.getInteger("apply_attempts")).isZero();
    assertThat(OrderRows.itemStates(db, order)).containsOnly("submitted");
    OrderRows.assertCounted(db, order);
    assertThat(db.rows("select * from order_predictions where order_id = $1", order)).isEmpty();
  }

  @Test
  void keepsThePredictionThatReviewersSaw() {
    var order = reviews.submitted("own", city("Graz"), tier("B"));
    var first = reviews.preview(order);
    db.execute("insert into public.tiers values ('Graz', 'C')");

    var second = reviews.preview(order);
    var fresh = json(reviews.api.get(reviews.reviewer, "/orders/" + order + "/preview?fresh=true"));

    assertThat(first.getBoolean("hold_on_difference")).isTrue();
    assertThat(second).isEqualTo(first);
    assertThat(fresh.getJsonObject("diff").getJsonObject("before")).isEqualTo(row("Graz", "C"));
    assertThat(fresh.getString("digest")).isNotEqualTo(first.getString("digest"));
    assertThat(fresh.getString("basis")).isEqualTo(first.getString("basis"));
    assertThat(reviews.preview(order)).isEqualTo(fresh);
  }

  private static HttpResponse<String> approve(UUID order, String prediction) {
    return reviews.post(
        reviews.reviewer,
        "/orders/" + order + "/approve",
        new JsonObject().put("prediction", prediction));
  }

  @Test
  void refusesAnApprovalOfAPredictionThatWasReplaced() {
    var order = reviews.submitted("own", city("Graz"), tier("B"));
    var first = reviews.preview(order);
    db.execute("insert into public.tiers values ('Graz', 'C')");
    var fresh = json(reviews.api.get(reviews.reviewer, "/orders/" + order + "/preview?fresh=true"));

    var stale = approve(order, first.getString("digest"));

    assertThat(stale.statusCode()).isEqualTo(412);
    assertThat(Reviews.code(stale)).isEqualTo("stale_prediction");
    assertThat(json(stale).getJsonArray("errors").getJsonObject(0).getString("pointer"))
        .isEqualTo("/prediction");
    assertThat(reviews.state(order)).isEqualTo("submitted");
    assertThat(approve(order, fresh.getString("digest")).statusCode()).isEqualTo(200);
    var free = reviews.submitted("free", city("Enns"), tier("B"));
    assertThat(approve(free, first.getString("digest")).statusCode()).isEqualTo(422);
  }

  @Test
  void bindsAnApprovalToOnePredictionHoweverManyAreMadeMeanwhile() {
    for (int i = 0; i < 10; i++) {
      var order = reviews.submitted("own", city("Race-" + i), tier("B"));
      var looks = new ArrayList<CompletableFuture<HttpResponse<String>>>();
      for (int n = 0; n < 2; n++) {
        looks.add(
            CompletableFuture.supplyAsync(
                () ->
                    reviews.api.get(reviews.reviewer, "/orders/" + order + "/preview?fresh=true")));
      }
      var approvals =
          List.of(
              CompletableFuture.supplyAsync(() -> reviews.approve(order).statusCode()),
              CompletableFuture.supplyAsync(() -> reviews.approve(order).statusCode()));
      looks.forEach(CompletableFuture::join);
      var statuses = approvals.stream().map(CompletableFuture::join).toList();

      assertThat(statuses).as("statuses of try %d", i).doesNotContain(500);
      if (!reviews.state(order).equals("completed")) {
        reviews.complete(order);
      }
      assertThat(reviews.events(order, "applied")).hasSize(1);
      assertThat(reviews.events(order, "apply_held")).isEmpty();
    }
  }

  @Test
  void makesAnotherPredictionForOtherResults() {
    var order = reviews.submitted("own", city("Graz"), tier("B"));
    var first = reviews.preview(order);
    reviews.reject(order, true);
    reviews.submit(order, tier("A"));

    var second = reviews.preview(order);

    assertThat(second.getString("basis")).isNotEqualTo(first.getString("basis"));
    assertThat(second.getJsonObject("diff").getJsonObject("after")).isEqualTo(row("Graz", "A"));
  }

  @Test
  void makesTheChangeThatWasApproved() {
    var order = reviews.submitted("own", city("Graz"), tier("B"));
    var approved = reviews.preview(order).getJsonObject("diff");

    assertThat(reviews.complete(order).getJsonObject("diff")).isEqualTo(approved);
    assertThat(db.rows("select city, tier from public.tiers"))
        .containsExactly(city("Graz").put("tier", "B"));
  }

  @Test
  void changesNothingThatDiffersFromWhatWasApproved() {
    var order = reviews.submitted("own", city("Graz"), tier("B"));
    reviews.preview(order);
    db.execute("insert into public.tiers values ('Graz', 'C')");

    var answer = reviews.approve(order);

    assertThat(answer.statusCode()).isEqualTo(202);
    assertThat(json(answer).getJsonObject("order").getString("state")).isEqualTo("submitted");
    assertHeld(order);
    assertThat(db.rows("select city, tier from public.tiers"))
        .containsExactly(city("Graz").put("tier", "C"));
    var error = reviews.order(order).getJsonObject("error");
    assertThat(error.getJsonArray("differences"))
        .isEqualTo(
            new JsonArray()
                .add(
                    new JsonObject()
                        .put("op", "add")
                        .put("path", "/before/Graz")
                        .put("value", city("Graz").put("tier", "C"))));
    var event = reviews.events(order, "apply_held").getFirst();
    assertThat(event.getJsonObject("diff").getJsonObject("before")).isEqualTo(row("Graz", "C"));
    var payload = event.getJsonObject("payload");
    assertThat(payload.getString("from")).isEqualTo("approved");
    assertThat(payload.getString("to")).isEqualTo("submitted");
    assertThat(payload.getJsonObject("predicted").getJsonObject("before")).isEmpty();
    assertThat(payload.getJsonObject("actual").getJsonObject("before")).isEqualTo(row("Graz", "C"));
  }

  @Test
  void letsReviewersApproveAnewWhatItHeld() {
    var order = reviews.submitted("own", city("Graz"), tier("B"));
    reviews.preview(order);
    db.execute("insert into public.tiers values ('Graz', 'C')");
    reviews.approve(order);

    var seen = reviews.preview(order).getJsonObject("diff");

    assertThat(seen.getJsonObject("before")).isEqualTo(row("Graz", "C"));
    assertThat(reviews.complete(order).getJsonObject("diff")).isEqualTo(seen);
    assertThat(reviews.order(order).getValue("error")).isNull();
  }

  @Test
  void letsReviewersRejectWhatItHeld() {
    var order = reviews.submitted("own", city("Graz"), tier("B"));
    reviews.preview(order);
    db.execute("insert into public.tiers values ('Graz', 'C')");
    reviews.approve(order);

    assertThat(reviews.reject(order, false).statusCode()).isEqualTo(200);
    assertThat(reviews.state(order)).isEqualTo("rejected");
  }

  @Test
  void predictsByItselfWhenNobodyLooked() {
    var order = reviews.submitted("own", city("Graz"), tier("B"));

    reviews.complete(order);

    var kept =
        db.row(
            "select approved_at is not null as approved, predicted_by, effect_begun_at"
                + " from order_predictions where order_id = $1",
            order);
    assertThat(kept.getBoolean("approved")).isTrue();
    assertThat(kept.getString("predicted_by")).isEqualTo("sql");
  }

  @Test
  void holdsNothingUnlessTheTypeSaysSo() {
    var order = reviews.submitted("free", city("Graz"), tier("B"));
    reviews.preview(order);
    db.execute("insert into public.tiers values ('Graz', 'C')");

    assertThat(reviews.complete(order).getJsonObject("diff").getJsonObject("before"))
        .isEqualTo(row("Graz", "C"));
  }

  @Test
  void approvesNothingWhoseChangeWouldFail() {
    var order = reviews.submitted("own", city("Graz"), new JsonObject());

    var refused = reviews.approve(order);

    assertThat(refused.statusCode()).isEqualTo(409);
    assertThat(Reviews.code(refused)).isEqualTo("not_ready");
    var error = json(refused).getJsonArray("errors").getJsonObject(0);
    assertThat(error.getString("code")).isEqualTo("prediction_failed");
    assertThat(error.getString("message")).contains("Step put failed");
    assertThat(reviews.state(order)).isEqualTo("submitted");
  }

  @Test
  void holdsInAnotherDatabaseAndAppliesThereAfterwards() {
    var order = reviews.submitted("foreign", city("Wels"), tier("A"));
    reviews.preview(order);
    TestDatabase.await(reviews.crm.query("insert into tiers values ('Wels', 'C')").execute());

    reviews.approve(order);

    assertHeld(order);
    var rows = "select tier from tiers where city = 'Wels'";
    assertThat(TestDatabase.rows(reviews.crm, rows)).containsExactly(tier("C"));
    reviews.complete(order);
    assertThat(TestDatabase.rows(reviews.crm, rows)).containsExactly(tier("A"));
  }

  @Test
  void leavesToPeopleWhatItHeldOfAnAutomaticApproval() {
    reviews.stopApplying();
    UUID order;
    try {
      // Nobody foretells, so the approval waits for the sweep.
      order = reviews.submitted("auto", city("Graz"), tier("B"));
    } finally {
      reviews.apply();
    }
    reviews.awaitState(order, "completed");

    db.execute(
        "create or replace function public.other() returns trigger language plpgsql as"
            + " $$ begin if current_setting('lock_timeout') = '0' then new.tier := 'Z'; end if; return new; end $$");
    db.execute(
        "create trigger other before insert on public.tiers for each row execute function public.other()");
    var differing = reviews.submitted("auto", city("Linz"), tier("B"));
    try {
      awaitHeld(differing);
    } finally {
      db.execute("drop trigger other on public.tiers");
    }

    assertHeld(differing);
    assertThat(db.<Boolean>value("select auto_approve from work_orders where id = $1", differing))
        .isFalse();
    reviews.complete(differing);
  }

  private static void awaitHeld(UUID order) {
    long end = System.nanoTime() + TestDatabase.LIMIT.toNanos();
    while (reviews.events(order, "apply_held").isEmpty()) {
      assertThat(System.nanoTime()).as("the order was held").isLessThan(end);
    }
  }

  @Test
  void holdsWhatATypesCodeChangesOtherwise() {
    var times = new AtomicInteger();
    reviews.engine.type(
        new JavaType(
            "java",
            new JavaApply() {
              @Override
              public Diff apply(Context context) {
                context.query("insert into tiers values ('Steyr', 'A')");
                return Diffs.of(new JsonObject(), new JsonObject().put("time", times.get()), null);
              }

              @Override
              public Diff preview(Context context) {
                return apply(context);
              }
            },
            true));
    var order = reviews.submitted("java", city("Steyr"), tier("A"));
    reviews.preview(order);
    times.incrementAndGet();

    reviews.approve(order);

    assertHeld(order);
    assertThat(db.rows("select * from public.tiers")).isEmpty();
    reviews.complete(order);
    assertThat(db.rows("select * from public.tiers")).hasSize(1);
  }

  @Test
  void isNeverReadyIfATypesCodeHoldsAndDoesNotForetell() {
    reviews.engine.type(new JavaType("silent", context -> Diffs.none("done"), true));
    var order = reviews.submitted("silent", city("Steyr"), tier("A"));

    var refused = reviews.approve(order);

    assertThat(Reviews.code(refused)).isEqualTo("not_ready");
    assertThat(json(refused).getJsonArray("errors").getJsonObject(0).getString("code"))
        .isEqualTo("not_predictable");
  }

  private static List<Boolean> dryRuns() {
    return reviews.calls.stream().map(Reviews.Called::dryRun).toList();
  }

  @Test
  void doesNotTakeATargetThatIsAwayForAnObjection() {
    reviews.type(
        """
        type: away
        payload: { type: object }
        submission: { schema: { type: object } }
        approval: { hold_on_difference: true }
        apply: { webhook: { url: 'http://127.0.0.1:1/', dry_run: true } }
        """);
    var order = reviews.submitted("away", city("Graz"), tier("B"));

    var answer = reviews.approve(order);

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(503);
    assertThat(json(answer).getString("detail")).contains("just now");
  }

  @Test
  void asksATargetOnceMoreRightBeforeTheChange() {
    reviews.target = body -> diff("1", "2");
    var order = reviews.submitted("hook", city("Graz"), tier("B"));
    reviews.preview(order);

    reviews.complete(order);

    assertThat(dryRuns()).containsExactly(true, true, false);
  }

  @Test
  void doesNotAskATargetForAChangeThatItForetellsOtherwiseByNow() {
    reviews.target = body -> diff("1", "2");
    var order = reviews.submitted("hook", city("Graz"), tier("B"));
    reviews.preview(order);
    reviews.target = body -> diff("7", "8");

    reviews.approve(order);

    assertHeld(order);
    assertThat(dryRuns()).containsExactly(true, true);
  }

  /** Foretells one thing and does another. */
  private static UUID heldAfterItsEffect() {
    reviews.target = body -> body.getBoolean("dry_run", false) ? diff("1", "2") : diff("1", "9");
    var order = reviews.submitted("hook", city("Graz"), tier("B"));
    var answer = reviews.approve(order);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(json(answer).getJsonObject("order").getString("state")).isEqualTo("applied");
    return order;
  }

  @Test
  void recordsAndHoldsWhatATargetDidOtherwise() {
    var order = heldAfterItsEffect();

    var held = reviews.order(order);
    assertThat(held.getBoolean("held_for_review")).isTrue();
    assertThat(held.getString("applied_at")).isNotNull();
    assertThat(held.getValue("apply_next_at")).isNull();
    assertThat(held.getJsonObject("diff").getJsonObject("after"))
        .isEqualTo(new JsonObject().put("n", "9"));
    assertThat(OrderRows.itemStates(db, order)).containsOnly("completed");
    OrderRows.assertCounted(db, order);
    var event = reviews.events(order, "apply_held").getFirst();
    assertThat(event.getJsonObject("payload").getJsonArray("differences").getJsonObject(0))
        .isEqualTo(new JsonObject().put("op", "replace").put("path", "/after/n").put("value", "9"));
  }

  @Test
  void completesAHeldChangeThatAReviewerConfirms() {
    var order = heldAfterItsEffect();
    int calls = reviews.calls.size();
    assertThat(Reviews.code(approve(order, "0".repeat(64)))).isEqualTo("invalid");

    var answer = reviews.approve(order);

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    reviews.awaitState(order, "completed");
    assertThat(reviews.order(order).getBoolean("held_for_review")).isFalse();
    assertThat(reviews.events(order, "apply_confirmed").getFirst().getString("actor_id"))
        .isEqualTo("reviewer");
    assertThat(reviews.calls).hasSize(calls);
    assertThat(Reviews.code(reviews.approve(order))).isEqualTo("state_conflict");
  }

  @Test
  void doesNotTakeItsOwnEffectForADifferenceAfterALostReply() {
    var lost = new AtomicInteger();
    reviews.target =
        body -> {
          if (body.getBoolean("dry_run", false)) {
            // Once the change is made, a dry run finds nothing left to change.
            return lost.get() == 0 ? diff("1", "2") : diff("2", "2");
          }
          return lost.getAndIncrement() == 0
              ? new JsonObject().put("changes", "a reply that cannot be read")
              : diff("1", "2");
        };
    var order = reviews.submitted("hook", city("Graz"), tier("B"));
    reviews.approve(order);
    assertThat(reviews.state(order)).isEqualTo("failed");

    reviews.api.post(reviews.proposer, "/orders/" + order + "/retry", new JsonObject());

    reviews.awaitState(order, "completed");
    assertThat(dryRuns()).containsExactly(true, true, false, false);
  }

  @Test
  void holdsOrAppliesEachOrderOnceHoweverManyReviewersAndNodesThereAre() {
    reviews.apply();
    try {
      var orders = new ArrayList<UUID>();
      for (int i = 0; i < 16; i++) {
        orders.add(reviews.submitted("own", city("Town-" + i), tier("B")));
        reviews.preview(orders.getLast());
      }
      db.execute(
          "insert into public.tiers select 'Town-' || n, 'C' from generate_series(0, 15, 2) n");
      var approvals = new ArrayList<CompletableFuture<Integer>>();
      for (var order : orders) {
        for (int n = 0; n < 2; n++) {
          approvals.add(CompletableFuture.supplyAsync(() -> approveAsSeen(order)));
        }
      }
      assertThat(approvals.stream().map(CompletableFuture::join).toList())
          .isSubsetOf(200, 202, 409, 412, 503);

      for (int i = 0; i < 16; i++) {
        var order = orders.get(i);
        boolean differs = i % 2 == 0;
        reviews.awaitState(order, differs ? "submitted" : "completed");
        assertThat(reviews.events(order, "apply_held")).as("held %d", i).hasSize(differs ? 1 : 0);
        assertThat(reviews.events(order, "applied")).as("applied %d", i).hasSize(differs ? 0 : 1);
      }
      assertThat(db.<Long>value("select count(*) from public.tiers where tier = 'C'")).isEqualTo(8);
    } finally {
      reviews.stopApplying();
    }
  }

  /** As long as the prediction is the one that was looked at: nobody approves another by chance. */
  private static int approveAsSeen(UUID order) {
    var seen =
        db.rows("select digest from order_predictions where order_id = $1", order).stream()
            .map(row -> row.getString("digest"))
            .findFirst();
    return seen.isEmpty() ? 412 : approve(order, seen.get()).statusCode();
  }

  @Test
  void holdsNothingUnderAClaimThatWasTakenOver() {
    var apply = new ApplyFixture(db);
    reviews.stopApplying();
    try {
      var order = OrderRows.approved(db, "own", 3, city("Graz"), tier("B"));
      var lost = apply.claim("frozen");
      apply.lapse(order);
      apply.claim("next");
      var holds = new HoldOrders(new Tx(db.pool()));

      assertThatThrownBy(
              () ->
                  db.run(
                      () -> {
                        try {
                          return holds.expected(lost, PredictionSpec.HOLD);
                        } catch (Unpredicted e) {
                          holds.sendBack(lost, e);
                          return null;
                        }
                      }))
          .isInstanceOf(ClaimLost.class);

      assertThat(apply.state(order)).isEqualTo("approved");
      assertThat(OrderRows.itemStates(db, order)).containsOnly("accepted");
      db.execute("delete from work_orders where id = $1", order);
    } finally {
      reviews.apply();
    }
  }

  @Test
  void resumesAHeldTryThatWasLostBeforeItWasRecorded() {
    var order = reviews.submitted("own", city("Graz"), tier("B"));
    reviews.stopApplying();
    try {
      db.execute(
          """
          insert into order_predictions (order_id, tenant, basis, digest, diff, predicted_by, approved_at)
          values ($1, 'default', 'b', 'd', '{"before": {}, "after": {}, "changes": []}', 'sql', now())
          """,
          order);
      db.execute(
          """
          update work_items set state = 'accepted', accepted_at = now() where order_id = $1
          """,
          order);
      // Another node claimed it, compared, and died.
      db.execute(
          """
          update work_orders set state = 'approved', approved_at = now(), items_submitted = 0,
            items_accepted = 1, apply_next_at = now(), apply_attempts = 1, apply_fence = 1,
            apply_owner = 'dead', apply_lease_expires_at = now() - interval '1 second'
          where id = $1
          """,
          order);
    } finally {
      reviews.apply();
    }

    reviews.awaitState(order, "submitted");
    assertHeld(order);
    assertThat(db.rows("select * from public.tiers")).isEmpty();
  }

  @Test
  void holdsAnOrderThatWasApprovedWithoutAPrediction() {
    var order = reviews.submitted("own", city("Graz"), tier("B"));
    db.execute(
        "update work_items set state = 'accepted', accepted_at = now() where order_id = $1", order);
    db.execute(
        """
        update work_orders set state = 'approved', approved_at = now(), items_submitted = 0,
          items_accepted = 1, apply_next_at = now() where id = $1
        """,
        order);

    reviews.awaitState(order, "submitted");
    assertHeld(order);
  }
}
