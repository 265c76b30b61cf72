package dev.orderly.applying.followup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.applying.LiveOrders;
import dev.orderly.lifecycle.FollowUps;
import dev.orderly.lifecycle.FollowUps.FollowUpProposed;
import dev.orderly.lifecycle.FollowUps.ProposeFollowUp;
import dev.orderly.testing.Engine;
import dev.orderly.testing.TestDatabase;
import dev.orderly.testing.TestType;
import dev.orderly.types.ApplySpec;
import dev.orderly.types.Diff;
import dev.orderly.types.Diffs;
import dev.orderly.types.FollowUp;
import dev.orderly.types.JavaApply;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class FollowUpsTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  @TempDir static Path directory;

  private final List<String> nodes = new ArrayList<>();
  private static LiveOrders orders;

  @BeforeAll
  static void deploy() {
    orders = new LiveOrders(db, directory);
    orders.declare("last", "apply: { none: {} }\n");
  }

  @AfterEach
  void stop() {
    nodes.forEach(node -> TestDatabase.await(db.vertx().undeploy(node)));
    db.execute("delete from work_orders");
  }

  @AfterAll
  static void close() {
    orders.close();
  }

  private UUID done(String type) {
    var order = orders.propose(type, "a");
    orders.submit(order, 1);
    orders.approve(order);
    orders.await(order, "completed");
    return order;
  }

  private static List<UUID> followUps(JsonObject order) {
    return order.getJsonArray("follow_ups").stream()
        .map(id -> UUID.fromString((String) id))
        .toList();
  }

  @Test
  void theNextOrderIsProposedFromTheDiffAndLinkedBothWays() {
    orders.declare(
        "first",
        """
        apply: { none: { summary: '"all is well"' } }
        follow_up: >
          {"type": "last", "payload": {"items": [{"k": diff.summary}]}, "priority": 7,
           "meta": {"from": order.id}, "key": "next"}
        """);
    nodes.add(orders.node());

    var first = done("first");

    var ids = followUps(orders.show(first));
    assertThat(ids).hasSize(1);
    var next = orders.show(ids.getFirst());
    assertThat(next.getString("follows_order_id")).isEqualTo(first.toString());
    assertThat(next.getString("state")).isEqualTo("queued");
    assertThat(next.getInteger("priority")).isEqualTo(7);
    assertThat(next.getString("requested_by_type")).isEqualTo("system");
    assertThat(next.getString("requested_by_id")).isEqualTo("follow-up");
    assertThat(next.getJsonObject("meta").getString("from")).isEqualTo(first.toString());
    assertThat(next.getJsonArray("items").getJsonObject(0).getJsonObject("input").getString("k"))
        .isEqualTo("all is well");
    assertThat(orders.show(first).getValue("follows_order_id")).isNull();
    assertThat(orders.events(first, "follow_up_proposed"))
        .singleElement()
        .satisfies(
            event ->
                assertThat(event.getJsonObject("payload"))
                    .isEqualTo(
                        new JsonObject()
                            .put("name", "next")
                            .put("type", "last")
                            .put("order_id", ids.getFirst().toString())));
    orders.submit(ids.getFirst(), 1);
  }

  @Test
  void nothingFollowsIfTheExpressionGivesNothing() {
    orders.declare(
        "quiet", "apply: { none: {} }\nfollow_up: 'order.priority > 100 ? {\"type\": \"last\"}'\n");
    nodes.add(orders.node());

    var order = done("quiet");

    assertThat(followUps(orders.show(order))).isEmpty();
    assertThat(orders.events(order, "follow_up_failed")).isEmpty();
  }

  @Test
  void whatItsTypeRefusesLeavesTheOthersAndTheOrderAsTheyAre() {
    orders.declare(
        "mixed",
        """
        apply: { none: {}, max_attempts: 2 }
        follow_up: >
          [{"type": "last", "payload": {"items": []}, "key": "empty"},
           {"type": "last", "payload": {}, "key": "invalid"},
           {"type": "no.such.type", "payload": {}, "key": "unknown"},
           {"type": "last", "payload": {"items": [{"k": "good"}]}}]
        """);
    nodes.add(orders.node());

    var order = done("mixed");

    assertThat(followUps(orders.show(order))).hasSize(1);
    assertThat(orders.events(order, "follow_up_failed"))
        .extracting(
            event -> event.getJsonObject("payload").getString("name"),
            event -> event.getJsonObject("payload").getString("code"))
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("empty", "empty_plan"),
            org.assertj.core.groups.Tuple.tuple("invalid", "invalid"),
            org.assertj.core.groups.Tuple.tuple("unknown", "unknown_type"));
    assertThat(
            orders
                .events(order, "follow_up_failed")
                .get(1)
                .getJsonObject("payload")
                .getJsonArray("errors")
                .getJsonObject(0)
                .getString("pointer"))
        .isEqualTo("/payload");
    assertThat(orders.events(order, "follow_up_proposed")).hasSize(1);
  }

  @Test
  void anExpressionThatGivesNoOrdersIsToldAndTheOrderCompletes() {
    orders.declare("wrong", "apply: { none: {} }\nfollow_up: '[{\"type\": \"last\"}]'\n");
    nodes.add(orders.node());

    var order = done("wrong");

    assertThat(orders.events(order, "follow_up_failed"))
        .singleElement()
        .satisfies(
            event ->
                assertThat(
                        event.getJsonObject("payload").getJsonObject("error").getString("message"))
                    .contains("order 1: expected an object as payload"));
  }

  @Test
  void theSameFollowUpAskedForManyTimesAtOnceIsOneOrder() {
    var order = orders.propose("last", "a");
    var message =
        new ProposeFollowUp(
            Engine.TENANT,
            order,
            "#0",
            "last",
            new JsonObject().put("items", new JsonArray().add(new JsonObject().put("k", "x"))),
            new JsonObject(),
            0);

    var proposed =
        IntStream.range(0, 30).mapToObj(n -> db.bus().call(FollowUps.PROPOSE, message)).toList();

    assertThat(proposed.stream().map(TestDatabase::<FollowUpProposed>await).distinct()).hasSize(1);
    assertThat(db.<Long>value("select count(*) from work_orders")).isEqualTo(2);
  }

  @Test
  void severalNodesProposeEachFollowUpOnce() {
    orders.declare(
        "pair",
        """
        apply: { none: {} }
        follow_up: '[1..2].{"type": "last", "payload": {"items": [{"k": "x"}]}}'
        """);
    for (int i = 0; i < 3; i++) {
      nodes.add(orders.node());
    }

    for (int i = 0; i < 10; i++) {
      done("pair");
    }

    assertThat(db.<Long>value("select count(*) from work_orders where type = 'last'"))
        .isEqualTo(20);
  }

  @Test
  void aTypeThatProposesItselfEndsAfterTwentyOrders() {
    orders.declare(
        "again",
        """
        approval: { mode: auto }
        apply: { none: {} }
        follow_up: '{"type": "again", "payload": order.payload}'
        """);
    nodes.add(orders.node());
    var at = orders.propose("again", "a");
    orders.submit(at, 1);
    orders.await(at, "completed");
    int length = 1;
    var next = followUps(orders.show(at));
    while (!next.isEmpty()) {
      length++;
      at = next.getFirst();
      orders.submit(at, 1);
      orders.await(at, "completed");
      next = followUps(orders.show(at));
    }

    assertThat(length).isEqualTo(21);
    assertThat(orders.events(at, "follow_up_failed").getFirst().getJsonObject("payload").encode())
        .contains("follow_up_too_deep");
  }

  @Test
  void codeProposesItsFollowUps() {
    var code =
        new JavaApply() {
          @Override
          public Diff apply(Context context) {
            return Diffs.none("made");
          }

          @Override
          public List<FollowUp> followUps(Context context, Diff diff) {
            var items = new JsonArray().add(new JsonObject().put("k", diff.summary()));
            return List.of(FollowUp.of("last", new JsonObject().put("items", items)));
          }
        };
    orders.engine().type(new TestType("code").with(new ApplySpec.Java(code)));
    nodes.add(orders.node());
    var order = orders.engine().work(orders.engine().propose("code", 1));

    orders.approve(order);
    orders.await(order, "completed");

    var next = orders.show(followUps(orders.show(order)).getFirst());
    assertThat(next.getJsonArray("items").getJsonObject(0).getString("key")).isEqualTo("made");
  }
}
