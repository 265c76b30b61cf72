package dev.orderly.state.review;

import static dev.orderly.state.review.ReviewDesk.refused;
import static dev.orderly.state.review.ReviewDesk.taken;
import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.api.LiveApi;
import dev.orderly.testing.TestDatabase;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The rules of review, over HTTP. */
class ReviewTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  private static ReviewDesk desk;

  @BeforeAll
  static void start() {
    desk = new ReviewDesk(db);
  }

  @AfterAll
  static void stop() {
    desk.close();
  }

  private static String submitted(String type, int items) {
    var order = desk.propose("proposer", type, items);
    desk.work("worker", order, items);
    return order;
  }

  // The digest.

  @Test
  void anApprovalOfWhatIsThereIsTaken() {
    var order = submitted(desk.type("{}"), 2);
    var tag = desk.tag("/orders/" + order);

    assertThat(tag).isEqualTo('"' + desk.order(order).getString("digest") + '"');
    var body = taken(desk.approve("rita", order, "If-Match", tag), 202);
    assertThat(body.getJsonObject("order").getString("state")).isEqualTo("approved");
  }

  @Test
  void anApprovalOfWhatIsNotThereAnyMoreIsRefusedAndChangesNothing() {
    var order = submitted(desk.type("{}"), 2);
    var seen = desk.tag("/orders/" + order);
    taken(desk.reject("rita", order, true), 200);
    desk.work("worker", order, 2);

    var problem = refused(desk.approve("rita", order, "If-Match", seen), 412, "stale_digest");

    assertThat(problem.getJsonArray("next_actions")).isNotEmpty();
    assertThat(desk.order(order).getString("state")).isEqualTo("submitted");
    assertThat(desk.events(order, "approved")).isZero();
    refused(desk.reject("rita", order, false, "If-Match", seen), 412, "stale_digest");
    var inBody = new JsonObject().put("digest", seen.replace("\"", ""));
    refused(desk.post("rita", "/orders/" + order + "/approve", inBody), 412, "stale_digest");
    taken(desk.approve("rita", order, "If-Match", desk.tag("/orders/" + order)), 202);
  }

  @Test
  void theDigestChangesWithSubmissionsAndDecisionsOnly() {
    var order = desk.propose("proposer", desk.type("{}", "continue"), 3);
    var queued = desk.order(order).getString("digest");
    var item = desk.checkout("worker", order);
    assertThat(desk.order(order).getString("digest")).isEqualTo(queued);
    desk.submit("worker", item);
    var one = desk.order(order).getString("digest");
    assertThat(one).isNotEqualTo(queued);
    taken(desk.approveItem("rita", item.getString("id")), 200);
    var accepted = desk.order(order).getString("digest");
    assertThat(accepted).isNotEqualTo(one);
    var second = desk.submit("worker", desk.checkout("worker", order));
    var two = desk.order(order).getString("digest");
    taken(desk.rejectItem("rita", second, false), 200);
    assertThat(desk.order(order).getString("digest")).isNotEqualTo(two).isNotEqualTo(accepted);
  }

  @Test
  void aStarTakesWhateverIsThere() {
    taken(desk.approve("rita", submitted(desk.type("{}"), 1), "If-Match", "*"), 202);
  }

  @ParameterizedTest
  @ValueSource(strings = {"abc", "\"abc", "\"a\" \"b\"", "", ",", "\"a\", x"})
  void aHeaderThatIsNoEntityTagIsRefused(String header) {
    var order = submitted(desk.type("{}"), 1);

    refused(desk.approve("rita", order, "If-Match", header), 422, "invalid");
  }

  @Test
  void oneOfSeveralDigestsWillDoAndAWeakOneNever() {
    var order = submitted(desk.type("{}"), 1);
    var tag = desk.tag("/orders/" + order);

    refused(desk.approve("rita", order, "If-Match", "W/" + tag), 412, "stale_digest");
    taken(desk.approve("rita", order, "If-Match", "\"other\", " + tag), 202);
  }

  @Test
  void headerAndBodyMustNotContradictEachOther() {
    var order = submitted(desk.type("{}"), 1);
    var body = new JsonObject().put("digest", "b");

    var problem =
        refused(
            desk.post("rita", "/orders/" + order + "/approve", body, "If-Match", "\"a\""),
            422,
            "invalid");

    assertThat(problem.getJsonArray("errors").getJsonObject(0).getString("pointer"))
        .isEqualTo("/digest");
  }

  @Test
  void aTypeMayRequireTheDigestAndAStarIsNone() {
    var type = desk.type("{\"require_digest\": true}");
    var order = desk.propose("proposer", type, 2);
    var items = desk.work("worker", order, 2);

    refused(desk.approve("rita", order), 428, "digest_required");
    refused(desk.approve("rita", order, "If-Match", "*"), 428, "digest_required");
    refused(desk.reject("rita", order, false), 428, "digest_required");
    refused(desk.approveItem("rita", items.getFirst()), 428, "digest_required");
    refused(desk.rejectItem("rita", items.getFirst(), true), 428, "digest_required");

    var seen = desk.tag("/items/" + items.getFirst());
    taken(desk.approveItem("rita", items.getFirst(), "If-Match", seen), 200);
    taken(desk.approve("rita", order, "If-Match", desk.tag("/orders/" + order)), 202);
  }

  // The quorum.

  @Test
  void anOrderIsApprovedByAsManyReviewersAsItsTypeAsksFor() {
    var order = submitted(desk.type("{\"quorum\": 2}"), 2);

    var first = taken(desk.approve("rita", order), 202);
    assertThat(first.getJsonObject("order").getString("state")).isEqualTo("submitted");
    assertThat(first.getJsonObject("approvals").getInteger("required")).isEqualTo(2);
    assertThat(first.getJsonObject("approvals").getInteger("given")).isEqualTo(1);
    assertThat(desk.order(order).getJsonObject("approvals"))
        .isEqualTo(first.getJsonObject("approvals"));
    assertThat(first.getString("digest")).isEqualTo(desk.order(order).getString("digest"));
    assertThat(first.getString("status_url")).endsWith("/orders/" + order);

    var second = taken(desk.approve("ron", order), 202);
    assertThat(second.getJsonObject("order").getString("state")).isEqualTo("approved");
    assertThat(desk.order(order).getJsonObject("approvals").getJsonArray("by"))
        .extracting(by -> ((JsonObject) by).getString("id"))
        .containsExactly("rita", "ron");
    assertThat(desk.events(order, "review_approved")).isEqualTo(2);
    assertThat(desk.events(order, "approved")).isEqualTo(1);
  }

  @Test
  void theSameReviewerCountsOnceWhateverAgentItActsAs() {
    var order = submitted(desk.type("{\"quorum\": 2}"), 1);
    taken(desk.approve("rita", order), 202);

    refused(desk.approve("rita", order), 409, "already_reviewed");
    refused(desk.approve("rita", order, "X-Agent-ID", "crew-7"), 409, "already_reviewed");

    assertThat(desk.order(order).getJsonObject("approvals").getInteger("given")).isEqualTo(1);
  }

  @Test
  void aChangedSubmissionVoidsTheApprovalsOfTheOldOne() {
    var order = submitted(desk.type("{\"quorum\": 2}"), 2);
    taken(desk.approve("rita", order), 202);
    var sentBack = ReviewDesk.errors(true).put("items", new JsonArray().add(itemOf(order)));
    taken(desk.post("rob", "/orders/" + order + "/reject", sentBack), 200);
    desk.work("worker", order, 1);

    assertThat(desk.order(order).getJsonObject("approvals").getInteger("given")).isZero();
    var ron = taken(desk.approve("ron", order), 202);
    assertThat(ron.getJsonObject("order").getString("state")).isEqualTo("submitted");
    var rita = taken(desk.approve("rita", order), 202);
    assertThat(rita.getJsonObject("order").getString("state")).isEqualTo("approved");
    assertThat(
            db.<Long>value(
                "select count(*) from review_votes where order_id = $1::text::uuid", order))
        .as("votes, old ones too")
        .isEqualTo(5);
  }

  private static String itemOf(String order) {
    return desk.order(order).getJsonArray("items").getJsonObject(0).getString("id");
  }

  @Test
  void aRepeatedVoteIsReplayedEvenWhenItsDigestIsOld() {
    var order = submitted(desk.type("{\"quorum\": 2}"), 1);
    var seen = desk.tag("/orders/" + order);
    String[] headers = {"If-Match", seen, "Idempotency-Key", "the-one-vote"};
    var path = "/orders/" + order + "/approve";
    var first = desk.api.post(desk.token("rita"), path, new JsonObject(), headers);
    taken(desk.reject("rob", order, true), 200);
    desk.work("worker", order, 1);

    var again = desk.api.post(desk.token("rita"), path, new JsonObject(), headers);

    assertThat(again.statusCode()).isEqualTo(202);
    assertThat(again.headers().firstValue("Idempotency-Replayed")).hasValue("true");
    assertThat(LiveApi.json(again).getJsonObject("approvals"))
        .isEqualTo(LiveApi.json(first).getJsonObject("approvals"));
    assertThat(desk.order(order).getJsonObject("approvals").getInteger("given")).isZero();
  }

  @Test
  void approvalsOfItemsAndOfTheirOrderCountTogether() {
    var order = desk.propose("proposer", desk.type("{\"quorum\": 2}"), 2);
    var items = desk.work("worker", order, 2);

    var one = taken(desk.approveItem("rita", items.getFirst()), 202);
    assertThat(one.getJsonObject("item").getString("state")).isEqualTo("submitted");
    assertThat(one.getJsonObject("approvals").getInteger("given")).isEqualTo(1);
    refused(desk.approveItem("rita", items.getFirst()), 409, "already_reviewed");
    var all = taken(desk.approve("ron", order), 202);
    assertThat(all.getJsonObject("order").getString("state")).isEqualTo("submitted");
    assertThat(desk.item(items.getFirst()).getString("state")).isEqualTo("accepted");
    var last = taken(desk.approveItem("rita", items.getLast()), 200);
    assertThat(last.getString("order_state")).isEqualTo("approved");
    assertThat(desk.order(order).getJsonObject("approved_by").getString("id")).isEqualTo("rita");
  }

  @Test
  void oneReviewerIsEnoughToReject() {
    var order = submitted(desk.type("{\"quorum\": 3}"), 1);

    taken(desk.reject("rita", order, false), 200);

    assertThat(desk.order(order).getString("state")).isEqualTo("rejected");
  }

  // Four eyes.

  @Test
  void whoProposedDoesNotApprove() {
    var order = submitted(desk.type("{\"four_eyes\": true}"), 1);

    var problem = refused(desk.approve("proposer", order), 403, "four_eyes");

    assertThat(problem.getString("detail")).contains("you proposed it");
    taken(desk.approve("rita", order), 202);
  }

  @Test
  void whoStandsForTheAgentThatProposedDoesNotApprove() {
    var body =
        new JsonObject()
            .put("type", desk.type("{\"four_eyes\": true}"))
            .put("payload", JsonObject.of("items", JsonArray.of(1)));
    var order =
        taken(desk.post("proposer", "/propose", body, "X-Agent-ID", "crew-3"), 201)
            .getJsonObject("order")
            .getString("id");
    desk.work("worker", order, 1);

    assertThat(refused(desk.approve("rita", order), 403, "four_eyes").getString("detail"))
        .contains("proposed as agent crew-3");
  }

  @Test
  void anAdministratorStandsForEveryAgent() {
    var order = submitted(desk.type("{\"four_eyes\": true}"), 1);
    var admin = desk.adminOfEveryAgent();

    refused(
        desk.api.post(
            admin, "/orders/" + order + "/approve", new JsonObject(), "Idempotency-Key", "admin"),
        403,
        "four_eyes");
  }

  @Test
  void aTypeTellsWhatItAsksOfReviewers() {
    var type = desk.type("{\"quorum\": 3, \"escalate_after_seconds\": 60}");

    assertThat(
            taken(desk.get("viewer", "/types/" + type), 200)
                .getJsonObject("type")
                .getJsonObject("settings")
                .getJsonObject("review"))
        .isEqualTo(
            JsonObject.of(
                "quorum",
                3,
                "four_eyes",
                false,
                "require_digest",
                false,
                "escalate_after_seconds",
                60));
    var order = submitted(type, 1);
    assertThat(desk.order(order).getString("review_due_at")).isNotNull();
    taken(desk.reject("rita", order, false), 200);
    assertThat(desk.order(order).getString("review_due_at")).isNull();
  }

  @Test
  void whoseTokenSubmittedDoesNotApproveWhateverAgentItWas() {
    var type = desk.type("{\"four_eyes\": true}");
    var order = desk.propose("proposer", type, 2);
    desk.submit("worker", desk.checkout("worker", order));
    String[] crew = {"X-Agent-ID", "crew-9"};
    var item = desk.submit("rita", desk.checkout("rita", order, crew), crew);

    assertThat(refused(desk.approve("worker", order), 403, "four_eyes").getString("detail"))
        .contains("agent worker");
    refused(desk.approve("rita", order), 403, "four_eyes");
    refused(desk.approveItem("rita", item), 403, "four_eyes");
    // Every token here stands for crew-*: whoever could have submitted it counts as who did.
    assertThat(refused(desk.approve("ron", order), 403, "four_eyes").getString("detail"))
        .contains("crew-9");
  }

  @Test
  void fourEyesLookAtTheTokenTooWhenTheAgentIsAnother() {
    var order = desk.propose("proposer", desk.type("{\"four_eyes\": true}"), 1);
    var item = desk.submit("rita", desk.checkout("rita", order));
    // As if the token had stood for another agent then.
    db.execute(
        "update work_items set submitted_by_agent_id = 'gone' where id = $1::text::uuid", item);

    assertThat(refused(desk.approve("rita", order), 403, "four_eyes").getString("detail"))
        .contains("your token submitted");
    taken(desk.approve("ron", order), 202);
  }

  @Test
  void fourEyesLookAtWhoSubmittedThePartsOfAResult() {
    var order = desk.propose("proposer", typeWithParts(), 1);
    part("rob", order, "a", "old");
    part("rita", order, "a", "new");
    var item = desk.checkout("worker", order);
    desk.underLease("worker", item, "finalize", new JsonObject());

    assertThat(refused(desk.approve("rita", order), 403, "four_eyes").getString("detail"))
        .contains("part a");
    // As if the token had stood for another agent then.
    db.execute("alter table event_groups disable trigger user");
    db.execute("update event_groups set actor_id = 'gone' where actor_id = 'rita'");
    db.execute("alter table event_groups enable trigger user");
    assertThat(refused(desk.approve("rita", order), 403, "four_eyes").getString("detail"))
        .contains("your token submitted part a");
    taken(desk.approve("rob", order), 202);
  }

  private static String typeWithParts() {
    return desk.type(
        new JsonObject(
            """
            {"approval": {"four_eyes": true}, "parts": {"keys": [{"key": "a"}]},
             "retry": {"backoff_seconds": 0, "jitter_seconds": 0}}
            """));
  }

  /** Hands in a part of the order's item, and gives the item back. */
  private static void part(String who, String order, String key, String text) {
    var item = desk.checkout(who, order);
    var payload = new JsonObject().put("text", text);
    desk.underLease(
        who, item, "parts", new JsonObject().put("part_key", key).put("payload", payload));
    desk.underLease(who, item, "release", new JsonObject());
  }

  @Test
  void nothingSeenOrSaidBeforeCountsInANewRound() {
    var order = submitted(desk.type("{\"quorum\": 2}"), 1);
    var item = itemOf(order);
    var seen = desk.tag("/orders/" + order);
    var seenItem = desk.tag("/items/" + item);
    taken(desk.approve("rita", order), 202);

    db.execute(
        "update work_orders set review_round = review_round + 1 where id = $1::text::uuid", order);

    assertThat(desk.order(order).getJsonObject("approvals").getInteger("given")).isZero();
    refused(desk.approve("rita", order, "If-Match", seen), 412, "stale_digest");
    refused(desk.approveItem("rita", item, "If-Match", seenItem), 412, "stale_digest");
    taken(desk.approve("rita", order), 202);
    assertThat(desk.order(order).getString("state")).isEqualTo("submitted");
    taken(desk.approve("ron", order), 202);
    assertThat(desk.order(order).getString("state")).isEqualTo("approved");
  }

  @Test
  void whoeverSubmittedAnEarlierResultMayApproveTheOneInForce() {
    var order = desk.propose("proposer", desk.type("{\"four_eyes\": true}"), 1);
    desk.work("worker", order, 1);
    taken(desk.reject("rita", order, true), 200);
    desk.work("other", order, 1);

    taken(desk.approve("worker", order), 202);
  }

  @Test
  void whoProposedMayStillReject() {
    var order = submitted(desk.type("{\"four_eyes\": true}"), 1);

    taken(desk.reject("proposer", order, false), 200);
  }

  // Item by item.

  @Test
  void itemsAreApprovedWhileOthersAreWorkedOnAndTheLastApprovesTheOrder() {
    var order = desk.propose("proposer", desk.type("{}"), 2);
    var first = desk.work("worker", order, 1).getFirst();

    var early = taken(desk.approveItem("rita", first), 200);
    assertThat(early.getJsonObject("item").getString("state")).isEqualTo("accepted");
    assertThat(early.getString("order_state")).isEqualTo("in_progress");
    refused(desk.approveItem("ron", first), 409, "state_conflict");

    var second = desk.work("worker", order, 1).getFirst();
    assertThat(desk.order(order).getString("state")).isEqualTo("submitted");
    var last = taken(desk.approveItem("ron", second), 200);

    assertThat(last.getString("order_state")).isEqualTo("approved");
    var shown = desk.order(order);
    assertThat(shown.getString("state")).isEqualTo("approved");
    assertThat(shown.getJsonObject("approved_by").getString("id")).isEqualTo("ron");
    assertThat(desk.events(order, "approved")).isEqualTo(1);
    assertThat(desk.events(order, "accepted")).isEqualTo(2);
  }

  @Test
  void anItemsApprovalIsBoundToItsDigest() {
    var order = desk.propose("proposer", desk.type("{}"), 2);
    var item = desk.work("worker", order, 1).getFirst();
    var seen = desk.tag("/items/" + item);
    taken(desk.rejectItem("rita", item, true), 200);
    desk.work("worker", order, 2);

    refused(desk.approveItem("rita", item, "If-Match", seen), 412, "stale_digest");
    refused(desk.rejectItem("rita", item, false, "If-Match", seen), 412, "stale_digest");
    taken(desk.approveItem("rita", item, "If-Match", desk.tag("/items/" + item)), 200);
  }

  @Test
  void whatATypeHasAgainstTheWholeIsToldWithTheLastItemAndTheOrderWaits() {
    var type =
        desk.type(
            """
            {"checks": [{"code": "one_author", "message": "Two authors", "expect": "$count($distinct(items.result.by)) = 1"}]}
            """);
    var order = desk.propose("proposer", type, 2);
    var first = desk.work("worker", order, 1).getFirst();
    var second = desk.work("other", order, 1).getFirst();
    taken(desk.approveItem("rita", first), 200);

    var last = taken(desk.approveItem("rita", second), 200);

    assertThat(last.getString("order_state")).isEqualTo("submitted");
    assertThat(last.getJsonArray("objections").getJsonObject(0).getString("code"))
        .isEqualTo("one_author");
    assertThat(desk.events(order, "refused")).isEqualTo(1);
    refused(desk.approve("rita", order), 409, "not_ready");
    // An accepted item can still be sent back, and its new result approves the order.
    taken(desk.rejectItem("rita", second, true), 200);
    assertThat(desk.work("worker", order, 1)).containsExactly(second);
    assertThat(taken(desk.approveItem("rita", second), 200).getString("order_state"))
        .isEqualTo("approved");
  }

  @Test
  void aSentBackItemGoesToItsNextHolderWithErrorsAndComments() {
    var order = desk.propose("proposer", desk.type("{}"), 2);
    var item = desk.work("worker", order, 1).getFirst();
    var comment =
        new JsonObject().put("text", "See the sheet").put("item_id", item).put("pointer", "/by");
    taken(desk.post("rita", "/orders/" + order + "/comments", comment), 201);

    var back = taken(desk.rejectItem("rita", item, true), 200);
    assertThat(back.getJsonObject("item").getString("state")).isEqualTo("queued");
    assertThat(back.getString("order_state")).isEqualTo("queued");

    var one = desk.checkout("other", order);
    var two = desk.checkout("other", order);
    var again = one.getString("id").equals(item) ? one : two;
    var fresh = again == one ? two : one;
    assertThat(again.getJsonArray("errors").getJsonObject(0).getString("pointer")).isEqualTo("/by");
    assertThat(again.getJsonArray("comments").getJsonObject(0).getString("text"))
        .isEqualTo("See the sheet");
    assertThat(fresh.getJsonArray("errors")).isEmpty();
    assertThat(fresh.containsKey("comments")).isFalse();
  }

  @Test
  void everyRoundOfReworkStaysInTheTrail() {
    var order = desk.propose("proposer", desk.type("{}"), 1);
    for (int round = 0; round < 2; round++) {
      taken(desk.rejectItem("rita", desk.work("worker", order, 1).getFirst(), true), 200);
    }

    assertThat(
            db.rows(
                """
                select payload->>'round' as round, payload->>'fence' as fence,
                  payload->'errors'->0->>'code' as code
                from work_events where order_id = $1::text::uuid and event = 'rework_requested' order by id
                """,
                order))
        .containsExactly(
            new JsonObject().put("round", "1").put("fence", "1").put("code", "wrong"),
            new JsonObject().put("round", "2").put("fence", "2").put("code", "wrong"));
  }

  @Test
  void aRejectedItemRejectsItsOrderAndStopsWhatElseThereIs() {
    var order = desk.propose("proposer", desk.type("{}"), 3);
    var accepted = desk.work("worker", order, 1).getFirst();
    taken(desk.approveItem("rita", accepted), 200);
    var bad = desk.work("worker", order, 1).getFirst();
    var held = desk.checkout("other", order);

    var body = taken(desk.rejectItem("rita", bad, false), 200);

    assertThat(body.getString("order_state")).isEqualTo("rejected");
    assertThat(body.getJsonObject("item").getString("state")).isEqualTo("rejected");
    assertThat(desk.item(accepted).getString("state")).isEqualTo("cancelled");
    assertThat(desk.item(held.getString("id")).getString("state")).isEqualTo("cancelled");
    assertThat(desk.order(order).getJsonObject("error").getString("code")).isEqualTo("rejected");
    var late =
        new JsonObject()
            .put("result", new JsonObject())
            .put("lease_token", held.getJsonObject("lease").getString("token"));
    assertThat(desk.post("other", "/items/" + held.getString("id") + "/submit", late).statusCode())
        .isEqualTo(409);
  }

  @Test
  void anOrderMayGoOnWithoutARejectedItem() {
    var order = desk.propose("proposer", desk.type("{}", "continue"), 3);
    var items = desk.work("worker", order, 2);

    assertThat(
            taken(desk.rejectItem("rita", items.getFirst(), false), 200).getString("order_state"))
        .isEqualTo("in_progress");
    assertThat(taken(desk.approveItem("rita", items.getLast()), 200).getString("order_state"))
        .isEqualTo("in_progress");
    var third = desk.work("worker", order, 1).getFirst();
    assertThat(taken(desk.rejectItem("rob", third, false), 200).getString("order_state"))
        .isEqualTo("approved");
    assertThat(desk.order(order).getJsonObject("approved_by").getString("id")).isEqualTo("rita");
  }

  @Test
  void anOrderIsRejectedOnceEveryItemIsThoughItsTypeGoesOn() {
    var order = desk.propose("proposer", desk.type("{}", "continue"), 2);
    var items = desk.work("worker", order, 2);

    assertThat(
            taken(desk.rejectItem("rita", items.getFirst(), false), 200).getString("order_state"))
        .isEqualTo("submitted");
    assertThat(taken(desk.rejectItem("rita", items.getLast(), false), 200).getString("order_state"))
        .isEqualTo("rejected");
    assertThat(desk.order(order).getJsonObject("error").getString("code")).isEqualTo("rejected");
  }

  @Test
  void anOrderIsApprovedWithoutACallWhenItsLastOpenItemFails() {
    var order = desk.propose("proposer", desk.type("{}", "continue"), 2);
    taken(desk.approveItem("rita", desk.work("worker", order, 1).getFirst()), 200);
    var item = desk.checkout("worker", order);
    var failed =
        new JsonObject()
            .put("retryable", false)
            .put("reason", "gone")
            .put("lease_token", item.getJsonObject("lease").getString("token"));
    taken(desk.post("worker", "/items/" + item.getString("id") + "/fail", failed), 200);

    long end = System.nanoTime() + TestDatabase.LIMIT.toNanos();
    while (!desk.order(order).getString("state").equals("approved")) {
      assertThat(System.nanoTime()).as("the order was approved").isLessThan(end);
    }
    assertThat(desk.order(order).getJsonObject("approved_by").getString("id")).isEqualTo("rita");
  }

  @Test
  void aFailedItemOfAnOrderWithAnAcceptedOneIsRetriedAsWorkAndNotAsApply() {
    var order = desk.propose("proposer", desk.type("{}"), 2);
    taken(desk.approveItem("rita", desk.work("worker", order, 1).getFirst()), 200);
    var item = desk.checkout("worker", order);
    var failed =
        new JsonObject()
            .put("retryable", false)
            .put("reason", "gone")
            .put("lease_token", item.getJsonObject("lease").getString("token"));
    taken(desk.post("worker", "/items/" + item.getString("id") + "/fail", failed), 200);
    assertThat(desk.order(order).getString("state")).isEqualTo("failed");

    taken(desk.post("proposer", "/orders/" + order + "/retry", new JsonObject()), 200);

    assertThat(desk.order(order).getString("state")).isEqualTo("in_progress");
    assertThat(desk.work("worker", order, 1)).containsExactly(item.getString("id"));
    taken(desk.approve("ron", order), 202);
  }

  @Test
  void onlyWhatIsSubmittedIsReviewed() {
    var order = desk.propose("proposer", desk.type("{}"), 1);
    var item = desk.checkout("worker", order).getString("id");

    refused(desk.approveItem("rita", item), 409, "state_conflict");
    refused(desk.rejectItem("rita", item, true), 409, "state_conflict");
    refused(desk.rejectItem("rita", item, false), 409, "state_conflict");
    var nothing = "0197f3a0-5b7e-7c31-9d0a-2f6f3f1f8a10";
    refused(desk.approveItem("rita", nothing), 404, "not_found");
    refused(desk.rejectItem("rita", nothing, true), 404, "not_found");
  }

  @Test
  void aRejectedOrderTakesItsAcceptedItemsWithIt() {
    var order = desk.propose("proposer", desk.type("{}"), 2);
    var items = desk.work("worker", order, 2);
    taken(desk.approveItem("rita", items.getFirst()), 200);

    taken(desk.reject("rita", order, false), 200);

    assertThat(desk.item(items.getFirst()).getString("state")).isEqualTo("rejected");
    assertThat(desk.item(items.getLast()).getString("state")).isEqualTo("rejected");
  }

  @Test
  void errorsMustHavePointersThatAreOnes() {
    var order = submitted(desk.type("{}"), 1);
    var body = ReviewDesk.errors(true);
    body.getJsonArray("errors").getJsonObject(0).put("pointer", "by/~2");

    var problem = refused(desk.post("rita", "/orders/" + order + "/reject", body), 422, "invalid");

    assertThat(problem.getJsonArray("errors").getJsonObject(0).getString("pointer"))
        .isEqualTo("/errors/0/pointer");
    assertThat(desk.order(order).getString("state")).isEqualTo("submitted");
  }

  // Comments.

  @Test
  void commentsAreKeptInOrderAndPagedNewestFirst() {
    var order = desk.propose("proposer", desk.type("{}"), 1);
    var path = "/orders/" + order + "/comments";
    for (var text : new String[] {"one", "two", "three"}) {
      taken(desk.post("rita", path, new JsonObject().put("text", text)), 201);
    }

    var page = taken(desk.get("viewer", path + "?page[size]=2"), 200);
    assertThat(texts(page)).containsExactly("three", "two");
    var next = page.getJsonObject("page").getString("next");
    var rest = taken(desk.get("viewer", path + "?page[size]=2&page[after]=" + next), 200);
    assertThat(texts(rest)).containsExactly("one");
    assertThat(rest.getJsonObject("page").getBoolean("has_more")).isFalse();
    assertThat(desk.events(order, "commented")).isEqualTo(3);
    refused(desk.get("viewer", path + "?page[after]=abc"), 400, "malformed_request");
  }

  private static List<String> texts(JsonObject page) {
    return page.getJsonArray("data").stream()
        .map(comment -> ((JsonObject) comment).getString("text"))
        .toList();
  }

  @Test
  void onlyThoseWhoTakePartComment() {
    var order = desk.propose("proposer", desk.type("{}"), 1);
    var path = "/orders/" + order + "/comments";
    var text = new JsonObject().put("text", "hello");
    var agent = desk.api.agent("ann");
    refused(desk.api.post(agent, path, text), 403, "forbidden");
    taken(desk.api.post(agent, "/orders/" + order + "/checkout", new JsonObject()), 200);

    taken(desk.api.post(agent, path, text), 201);
  }

  @Test
  void badCommentsAreRefused() {
    var order = desk.propose("proposer", desk.type("{}"), 1);
    var path = "/orders/" + order + "/comments";
    var foreign = itemOf(desk.propose("proposer", desk.type("{}"), 1));

    refused(desk.post("rita", path, new JsonObject().put("text", "")), 422, "invalid");
    refused(desk.post("rita", path, new JsonObject().put("text", " \n")), 422, "invalid");
    refused(
        desk.post("rita", path, new JsonObject().put("text", "a".repeat(10_001))), 422, "invalid");
    var pointer = new JsonObject().put("text", "a").put("pointer", "a");
    refused(desk.post("rita", path, pointer), 422, "invalid");
    var other = new JsonObject().put("text", "a").put("item_id", foreign);
    assertThat(
            refused(desk.post("rita", path, other), 422, "invalid")
                .getJsonArray("errors")
                .getJsonObject(0)
                .getString("pointer"))
        .isEqualTo("/item_id");
    assertThat(desk.events(order, "commented")).isZero();
  }
}
