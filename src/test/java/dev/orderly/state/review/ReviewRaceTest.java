package dev.orderly.state.review;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.applying.ApplyVerticle;
import dev.orderly.cluster.Placement;
import dev.orderly.domain.Actor;
import dev.orderly.domain.Caller;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import dev.orderly.domain.Violation;
import dev.orderly.idempotency.Answer;
import dev.orderly.state.Seen;
import dev.orderly.state.StateMessages;
import dev.orderly.state.StateMessages.Approve;
import dev.orderly.state.StateMessages.Reject;
import dev.orderly.state.review.ReviewMessages.ApproveItem;
import dev.orderly.testing.Engine;
import dev.orderly.testing.TestDatabase;
import dev.orderly.types.declarative.DeclarativeType;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Reviewers who decide at the same instant, on three nodes over one database. */
class ReviewRaceTest {
  private static final int TRIES = 150;
  private static final String TAKEN = "taken";

  @RegisterExtension static final TestDatabase db = new TestDatabase();

  private static Engine[] nodes;

  @BeforeAll
  static void start() {
    var first = new Engine(db);
    nodes =
        new Engine[] {
          first,
          first.another(Placement.alone("second", Engine.DESK_HOSTS)),
          first.another(Placement.alone("third", Engine.DESK_HOSTS))
        };
    first.type(type("race.one", "{}"));
    first.type(type("race.two", "{\"quorum\": 2}"));
    var settings =
        new ApplyVerticle.Settings(
            2, Duration.ofMillis(20), Duration.ofSeconds(30), Duration.ZERO, Duration.ofSeconds(1));
    first.applying(settings);
    first.applying(settings);
  }

  private static DeclarativeType type(String name, String approval) {
    return DeclarativeType.restore(
        """
        {"type": "%s", "payload": {}, "plan": "order.payload.items.{\\"input\\": $}[]",
         "submission": {"schema": {}}, "approval": %s, "apply": {"none": {}}}
        """
            .formatted(name, approval));
  }

  private static Caller caller(String name) {
    return new Caller(Engine.TENANT, new Actor(Actor.Kind.USER, name), name, "request");
  }

  private static Future<Answer> approve(int node, String who, UUID order, Seen seen) {
    return nodes[node].call(
        StateMessages.APPROVE,
        new Approve(caller(who), List.of(who), order, seen, null, null, 0, null));
  }

  private static Future<Answer> approveItem(int node, String who, UUID item) {
    return nodes[node].call(
        ReviewMessages.APPROVE_ITEM,
        new ApproveItem(caller(who), List.of(who), item, Seen.NONE, null, null));
  }

  private static Future<Answer> sendBack(int node, String who, UUID order) {
    return nodes[node].call(
        StateMessages.REJECT,
        new Reject(
            caller(who),
            order,
            List.of(new Violation("", "wrong", "look again")),
            true,
            List.of(),
            Seen.NONE,
            null));
  }

  /**
   * What became of calls that were made at once: taken (200 if the change was made meanwhile, else
   * 202), or the code of the refusal.
   */
  @SafeVarargs
  private static List<String> together(Future<Answer>... calls) {
    var outcomes = new ArrayList<String>();
    for (var call : calls) {
      try {
        assertThat(TestDatabase.await(call).status()).isIn(200, 202);
        outcomes.add(TAKEN);
      } catch (Rejected rejected) {
        outcomes.add(rejected.code().wire());
      }
    }
    return outcomes;
  }

  private static long events(UUID order, String event) {
    return db.<Long>value(
        "select count(*) from work_events where order_id = $1 and event = $2 and item_id is null",
        order,
        event);
  }

  private static void awaitCompleted(Iterable<UUID> orders) {
    long end = System.nanoTime() + TestDatabase.LIMIT.toNanos();
    for (var order : orders) {
      while (!nodes[0].orderState(order).equals("completed")) {
        assertThat(System.nanoTime()).as("every approved order is completed").isLessThan(end);
      }
    }
  }

  private static void assertAppliedOnce(Iterable<UUID> orders) {
    awaitCompleted(orders);
    for (var order : orders) {
      assertThat(events(order, "approved")).isEqualTo(1);
      assertThat(events(order, "applied")).isEqualTo(1);
    }
  }

  @Test
  void twoReviewersAtTheSameInstantApplyOnce() {
    var orders = new ArrayList<UUID>();
    for (int i = 0; i < TRIES; i++) {
      var order = nodes[0].work(nodes[0].propose("race.one", 2));
      orders.add(order);

      var outcomes =
          together(
              approve(i % 3, "ann", order, Seen.NONE),
              approve((i + 1) % 3, "bob", order, Seen.NONE));

      assertThat(outcomes).containsOnlyOnce(TAKEN);
      outcomes.remove(TAKEN);
      assertThat(outcomes).allSatisfy(o -> assertThat(o).isIn("state_conflict", "not_ready"));
    }
    assertAppliedOnce(orders);
  }

  @Test
  void ofThreeReviewersAtTheSameInstantTwoMakeTheQuorum() {
    var orders = new ArrayList<UUID>();
    for (int i = 0; i < TRIES / 2; i++) {
      var order = nodes[0].work(nodes[0].propose("race.two", 2));
      orders.add(order);

      var outcomes =
          together(
              approve(0, "ann", order, Seen.NONE),
              approve(1, "bob", order, Seen.NONE),
              approve(2, "cid", order, Seen.NONE));

      assertThat(outcomes.stream().filter(TAKEN::equals)).hasSize(2);
      assertThat(events(order, "review_approved")).isEqualTo(2);
    }
    assertAppliedOnce(orders);
  }

  @Test
  void oneReviewerOnThreeNodesAtTheSameInstantIsOne() {
    for (int i = 0; i < 20; i++) {
      var order = nodes[0].work(nodes[0].propose("race.two", 2));

      var outcomes =
          together(
              approve(0, "ann", order, Seen.NONE),
              approve(1, "ann", order, Seen.NONE),
              approve(2, "ann", order, Seen.NONE));

      assertThat(outcomes)
          .containsExactlyInAnyOrder(
              TAKEN, ErrorCode.ALREADY_REVIEWED.wire(), ErrorCode.ALREADY_REVIEWED.wire());
      assertThat(nodes[0].orderState(order)).isEqualTo("submitted");
    }
  }

  @Test
  void theLastTwoItemsApprovedAtTheSameInstantApproveTheOrderOnce() {
    var orders = new ArrayList<UUID>();
    for (int i = 0; i < TRIES / 2; i++) {
      var order = nodes[0].work(nodes[0].propose("race.one", 2));
      orders.add(order);
      var items =
          db.rows("select id from work_items_now where order_id = $1 order by id", order).stream()
              .map(row -> UUID.fromString(row.getString("id")))
              .toList();

      assertThat(
              together(
                  approveItem(i % 3, "ann", items.getFirst()),
                  approveItem((i + 1) % 3, "bob", items.getLast())))
          .containsExactly(TAKEN, TAKEN);
    }
    assertAppliedOnce(orders);
  }

  @Test
  void anApprovalAndAReworkAtTheSameInstantNeverBothHappenToOneSubmission() {
    var approved = new ArrayList<UUID>();
    for (int i = 0; i < TRIES / 2; i++) {
      var order = nodes[0].work(nodes[0].propose("race.one", 1));
      var seen = new Seen(List.of(digest(order)), false);

      var outcomes =
          together(approve(i % 3, "ann", order, seen), sendBack((i + 1) % 3, "bob", order));

      if (outcomes.getFirst().equals(TAKEN)) {
        assertThat(outcomes.getLast()).isEqualTo("state_conflict");
        approved.add(order);
      } else {
        assertThat(outcomes.getFirst()).isIn("stale_digest", "state_conflict", "not_ready");
        assertThat(events(order, "approved")).isZero();
        // Once more while the new result comes in: what was seen is gone either way.
        var item = nodes[0].checkout("worker", order);
        var again =
            nodes[i % 3].submitLater(
                "worker", item.id(), Engine.proof(item), new JsonObject().put("ok", true), null);
        var late = together(approve((i + 2) % 3, "ann", order, seen), again);
        assertThat(late.getFirst()).isIn("stale_digest", "state_conflict");
        assertThat(late.getLast()).isEqualTo(TAKEN);
        assertThat(together(approve(0, "ann", order, seen))).containsExactly("stale_digest");
        assertThat(events(order, "approved")).isZero();
      }
    }
    assertAppliedOnce(approved);
  }

  private static String digest(UUID order) {
    return db.run(() -> ReviewDigest.ofOrder(db.pool(), order));
  }
}
