package dev.orderly.state.submit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.cluster.Placement;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import dev.orderly.domain.Violation;
import dev.orderly.idempotency.Answer;
import dev.orderly.leasing.LeaseProof;
import dev.orderly.leasing.item.LeasedItem;
import dev.orderly.testing.Engine;
import dev.orderly.testing.TestDatabase;
import dev.orderly.types.Diff;
import dev.orderly.types.ItemView;
import dev.orderly.types.OrderView;
import dev.orderly.types.TypeFailure;
import dev.orderly.types.plugin.AbstractOrderType;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Results judged by what a node remembers of its leases, whatever became of these since. */
class QuickCheckTest {
  private static final JsonObject GOOD = new JsonObject().put("ok", true);
  private static final JsonObject BAD = new JsonObject().put("ok", 1);

  @RegisterExtension static final TestDatabase db = new TestDatabase();

  private static Engine one;
  private static Engine two;

  private Counting type;
  private UUID order;

  /** Counts how often it was asked for the result alone, and how often with the item. */
  private static final class Counting extends AbstractOrderType {
    private final String name;
    private final AtomicInteger alone = new AtomicInteger();
    private final AtomicInteger withItem = new AtomicInteger();

    Counting(String name) {
      this.name = name;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public JsonObject schema() {
      return new JsonObject().put("type", "object");
    }

    @Override
    public JsonObject resultSchema() {
      var truth = new JsonObject().put("type", "boolean");
      return new JsonObject().put("properties", new JsonObject().put("ok", truth));
    }

    @Override
    public boolean judgesResultAlone() {
      return true;
    }

    @Override
    public List<Violation> validateSubmission(OrderView order, ItemView item, JsonObject result) {
      (item == null ? alone : withItem).incrementAndGet();
      if (item == null && result.containsKey("fails")) {
        throw new TypeFailure("it cannot be judged alone", null);
      }
      return super.validateSubmission(order, item, result);
    }

    @Override
    public Diff apply(Context context) {
      throw new UnsupportedOperationException("nothing is applied here");
    }
  }

  /** Two nodes with one database, each of which believes that every desk is its own. */
  @BeforeAll
  static void start() {
    one = new Engine(db, Placement.alone("one", Engine.DESK_HOSTS));
    two = one.another(Placement.alone("two", Engine.DESK_HOSTS));
  }

  /** A type that the first node knows: it has seen a result of it. */
  @BeforeEach
  void propose() {
    type = new Counting("quick-" + UUID.randomUUID());
    one.type(type);
    var known = one.propose(type.name(), 1);
    one.submit(one.checkout("a", known));
    type.withItem.set(0);
    order = one.propose(type.name(), 1);
  }

  private static Rejected refusal(LeasedItem item, LeaseProof proof, JsonObject result) {
    return Engine.refusal(
        () ->
            TestDatabase.await(
                one.submitLater(item.lease().agentId(), item.id(), proof, result, null)));
  }

  private void assertAsked(int alone, int withItem) {
    assertThat(type.alone).as("asked for the result alone").hasValue(alone);
    assertThat(type.withItem).as("asked with the item's row").hasValue(withItem);
  }

  private void change(LeasedItem item, String change) {
    db.breakUp(item.id());
    assertThat(db.execute("update work_items set %s where id = $1".formatted(change), item.id()))
        .isOne();
  }

  @Test
  void takesTheResultOfAnItemThatTheNodeLeasedWithoutLookingItUp() {
    var item = one.checkout("a", order);

    var answer = one.submit(item, GOOD, null);

    assertAsked(1, 0);
    assertThat(answer.status()).isEqualTo(202);
    assertThat(answer.body().getJsonObject("item"))
        .isEqualTo(
            new JsonObject()
                .put("id", item.id().toString())
                .put("order_id", order.toString())
                .put("type", type.name())
                .put("state", "submitted")
                .put("attempts", 0)
                .put("max_attempts", 3)
                .put("fence", 1)
                .put("submitted_by_agent_id", "a")
                .put(
                    "submitted_at", answer.body().getJsonObject("item").getString("submitted_at")));
    assertThat(one.itemState(item.id())).isEqualTo("submitted");
    assertThat(one.orderState(order)).isEqualTo("submitted");
    assertThat(one.events("item_id", item.id())).endsWith("leased", "submitted");
  }

  @Test
  void looksUpAnItemThatAnotherNodeLeased() {
    one.submit(two.checkout("a", order), GOOD, null);

    assertAsked(0, 1);
  }

  @Test
  void looksUpAnItemThatHadAHeartbeatHere() {
    var item = one.checkout("a", order);
    one.heartbeat(item);

    one.submit(item, GOOD, null);

    assertAsked(0, 1);
    assertThat(one.itemState(item.id())).isEqualTo("submitted");
  }

  @Test
  void takesTheResultOfAnItemThatHadAHeartbeatElsewhere() {
    var item = one.checkout("a", order);
    two.heartbeat(item);

    one.submit(item, GOOD, null);

    assertAsked(1, 0);
    assertThat(
            db.<Integer>value(
                "select (payload->>'heartbeats')::int from work_events where item_id = $1 and event = 'submitted'",
                item.id()))
        .isOne();
  }

  @Test
  void refusesWhoseLeaseLapsed() {
    var item = one.checkout("a", order);
    one.lapse(item.id());

    assertThat(refusal(item, Engine.proof(item), GOOD).code()).isEqualTo(ErrorCode.LEASE_EXPIRED);
  }

  @Test
  void refusesWhoseItemAnotherNodeLeasedToAnother() {
    var old = one.checkout("a", order);
    two.release(old);
    var current = two.checkout("b", order);

    assertThat(refusal(old, Engine.proof(old), GOOD).code()).isEqualTo(ErrorCode.STALE_FENCE);
    assertThat(refusal(old, LeaseProof.NONE, GOOD).code()).isEqualTo(ErrorCode.LEASE_CONFLICT);
    assertThat(one.submit(current, GOOD, null).status()).isEqualTo(202);
  }

  @Test
  void refusesWhoShowsNoFenceAndWhoseItemAnotherNodeLeasedToAnother() {
    var old = one.checkout("a", order);
    two.release(old);
    two.checkout("b", order);

    assertThat(refusal(old, LeaseProof.NONE, GOOD).code()).isEqualTo(ErrorCode.LEASE_CONFLICT);
    assertAsked(1, 0);
  }

  @Test
  void takesTheResultOfTheSameAgentsNewerLeaseFromAnotherNode() {
    var old = one.checkout("a", order);
    two.release(old);
    var newer = two.checkout("a", order);

    TestDatabase.await(one.submitLater("a", old.id(), LeaseProof.NONE, GOOD, null));

    assertAsked(1, 0);
    assertThat(
            db.<Long>value(
                "select (payload->>'fence')::bigint from work_events where item_id = $1 and event = 'submitted'",
                old.id()))
        .isEqualTo(newer.lease().fence());
  }

  @Test
  void refusesWhoDoesNotHoldTheItemThoughFenceAndStateAreTheSame() {
    var item = one.checkout("a", order);
    change(item, "leased_by_agent_id = 'b'");

    assertThat(refusal(item, Engine.proof(item), GOOD).code()).isEqualTo(ErrorCode.LEASE_CONFLICT);
    assertThat(one.itemState(item.id())).isEqualTo("leased");
  }

  @Test
  void refusesWhatIsCancelled() {
    var item = one.checkout("a", order);
    one.cancel(order);

    assertThat(refusal(item, Engine.proof(item), GOOD).code()).isEqualTo(ErrorCode.STATE_CONFLICT);
  }

  @Test
  void onlyWhoStillHoldsTheItemLearnsWhatIsWrongWithAResult() {
    var item = one.checkout("a", order);
    one.lapse(item.id());

    assertThat(refusal(item, Engine.proof(item), BAD).code()).isEqualTo(ErrorCode.LEASE_EXPIRED);
    assertThat(one.events("item_id", item.id())).doesNotContain("refused");
  }

  @Test
  void refusesABadResultAsTheRowSaysAndTakesAGoodOneAfterIt() {
    var item = one.checkout("a", order);

    var refusal = refusal(item, Engine.proof(item), BAD);

    assertThat(refusal.code()).isEqualTo(ErrorCode.INVALID);
    assertThat(refusal.errors())
        .singleElement()
        .extracting(Violation::pointer)
        .isEqualTo("/result/ok");
    assertAsked(1, 1);
    assertThat(one.events("item_id", item.id())).endsWith("leased", "refused");
    assertThat(one.submit(item, GOOD, null).status()).isEqualTo(202);
  }

  @Test
  void asksAgainWithTheRowWhatCannotBeJudgedAlone() {
    var item = one.checkout("a", order);

    one.submit(item, new JsonObject().put("fails", true), null);

    assertAsked(1, 1);
  }

  @Test
  void whoDoesNotHoldTheItemDoesNoHarmToWhoDoes() {
    var item = one.checkout("a", order);

    var refusal =
        Engine.refusal(
            () ->
                TestDatabase.await(
                    one.submitLater("b", item.id(), Engine.proof(item), GOOD, null)));

    assertThat(refusal.code()).isEqualTo(ErrorCode.LEASE_CONFLICT);
    assertAsked(0, 0);
    assertThat(one.submit(item, GOOD, null).status()).isEqualTo(202);
  }

  @Test
  void whatWasTakenByAnotherNodeIsAnsweredAgainToTheSameKey() {
    var item = one.checkout("a", order);
    var key = Engine.key("submit:" + item.id(), "key", "01");
    var first = two.submit(item, GOOD, key);

    var second = one.submit(item, GOOD, key);

    assertThat(second).isEqualTo(new Answer(202, first.body(), true));
    assertThat(refusal(item, Engine.proof(item), GOOD).code()).isEqualTo(ErrorCode.STATE_CONFLICT);
  }

  @Test
  void keepsTheAnswerForWhoAsksAgain() {
    var item = one.checkout("a", order);
    var key = Engine.key("submit:" + item.id(), "key", "01");
    var first = one.submit(item, GOOD, key);
    assertAsked(1, 0);

    assertThat(one.submit(item, GOOD, key)).isEqualTo(new Answer(202, first.body(), true));
  }

  private static Stream<Object> large() {
    var numbers = IntStream.range(0, 3_000).boxed().toList();
    return Stream.of(
        "x".repeat(9_000),
        new JsonArray(numbers),
        new JsonArray().add(new JsonObject().put("name", new JsonArray(numbers))),
        new JsonObject().put("x".repeat(9_000), 1));
  }

  @ParameterizedTest
  @MethodSource("large")
  void leavesLargeResultsToOtherThreads(Object value) {
    var item = one.checkout("a", order);

    one.submit(item, new JsonObject().put("ok", true).put("value", value), null);

    assertAsked(0, 1);
  }
}
