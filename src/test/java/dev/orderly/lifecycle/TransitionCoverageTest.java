package dev.orderly.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.applying.ApplyVerticle;
import dev.orderly.domain.ItemState;
import dev.orderly.domain.OrderState;
import dev.orderly.domain.Transitions;
import dev.orderly.domain.Violation;
import dev.orderly.leasing.item.LeasedItem;
import dev.orderly.maintenance.DeadLetters;
import dev.orderly.state.Seen;
import dev.orderly.state.review.ReviewMessages;
import dev.orderly.state.review.ReviewMessages.ApproveItem;
import dev.orderly.state.review.ReviewMessages.RejectItem;
import dev.orderly.testing.Engine;
import dev.orderly.testing.TestDatabase;
import dev.orderly.testing.TestType;
import dev.orderly.types.ApplyExtras;
import dev.orderly.types.ApplySpec;
import dev.orderly.types.Diff;
import dev.orderly.types.Diffs;
import dev.orderly.types.JavaApply;
import dev.orderly.types.plugin.AbstractOrderType;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Takes orders and items along every row of the two tables, with the real features on a real
 * database, and reads from the audit trail which rows were taken.
 */
class TransitionCoverageTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  private static final JavaApply BROKEN =
      context -> {
        throw new IllegalStateException("the target is broken");
      };

  private static Engine engine;

  @BeforeAll
  static void start() {
    engine = new Engine(db);
    engine.type(new TestType("plain"));
    engine.type(new TestType("continuing").continuing());
    engine.type(
        new TestType("broken-items").with(new ApplySpec.Java(BROKEN)).extras(ApplyExtras.PER_ITEM));
    engine.type(new TestType("broken").with(new ApplySpec.Java(BROKEN)));
    engine.type(
        new TestType("java")
            .with(new ApplySpec.Java(c -> Diffs.of(new JsonObject(), new JsonObject(), "done"))));
    engine.type(new Unsteady());
  }

  @Test
  void everyTransitionOfTheTablesIsTakenAndNoOther() {
    finishAndReject();
    reviewItems();
    giveBack();
    failAndRetry();
    cancelInEveryState();
    applyAndFailToApply();
    deadLetter();

    assertThat(taken("item_id is not null"))
        .containsExactlyInAnyOrderElementsOf(rows(Transitions.ITEM));
    assertThat(taken("item_id is null"))
        .containsExactlyInAnyOrderElementsOf(rows(Transitions.ORDER));
  }

  private static <S extends Enum<S>> Set<String> rows(Transitions<S> table) {
    return table.all().stream()
        .map(t -> (t.from() + " -> " + t.to()).toLowerCase(java.util.Locale.ROOT))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Set<String> taken(String which) {
    return db
        .rows(
            "select distinct payload->>'from' as a, payload->>'to' as b from work_events"
                + " where payload::jsonb ? 'from' and payload::jsonb ? 'to' and "
                + which)
        .stream()
        .map(row -> row.getString("a") + " -> " + row.getString("b"))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static void finishAndReject() {
    engine.reject(engine.work(engine.propose("plain", 1)), false);
    engine.submit(begun(engine.propose("plain", 1)));
    var rework = engine.work(engine.propose("plain", 2));
    engine.reject(rework, true);
    engine.work(rework);
    var one = db.<UUID>value("select id from work_items_now where order_id = $1 limit 1", rework);
    engine.reject(rework, true, one);
  }

  private static void reviewItems() {
    var order = engine.propose("plain", 2);
    var accepted = accept(order);
    TestDatabase.await(engine.call(ReviewMessages.REJECT_ITEM, rejection(accepted, true)));
    accept(order);
    engine.submit(engine.checkout("a", order));
    engine.reject(order, false);

    var besideWork = engine.propose("plain", 2);
    var bad = engine.checkout("a", besideWork);
    engine.submit(bad);
    TestDatabase.await(engine.call(ReviewMessages.REJECT_ITEM, rejection(bad.id(), false)));
    assertThat(engine.orderState(besideWork)).isEqualTo("rejected");
  }

  private static UUID accept(UUID order) {
    var item = engine.checkout("a", order);
    engine.submit(item);
    var approval =
        new ApproveItem(Engine.caller("reviewer"), List.of(), item.id(), Seen.NONE, null, null);
    TestDatabase.await(engine.call(ReviewMessages.APPROVE_ITEM, approval));
    return item.id();
  }

  private static RejectItem rejection(UUID item, boolean rework) {
    return new RejectItem(
        Engine.caller("reviewer"),
        item,
        List.of(new Violation("", "wrong", "look again")),
        rework,
        Seen.NONE,
        null);
  }

  private static void giveBack() {
    var order = engine.propose("plain", 2);
    engine.release(engine.checkout("a", order));
    var worked = begun(order);
    var idle = engine.checkout("b", order);
    engine.release(worked);
    engine.release(idle);
    engine.release(begun(engine.propose("plain", 1)));
  }

  private static LeasedItem begun(UUID order) {
    var item = engine.checkout("a", order);
    engine.heartbeat(item);
    return item;
  }

  private static void failAndRetry() {
    var leased = engine.propose("plain", 1);
    engine.fail(engine.checkout("a", leased), false);
    engine.retryOrder(leased);
    assertThat(engine.orderState(leased)).isEqualTo("queued");

    var besideALease = engine.propose("plain", 2);
    var failing = engine.checkout("a", besideALease);
    engine.checkout("b", besideALease);
    engine.fail(failing, false);
    engine.retryOrder(besideALease);
    assertThat(engine.orderState(besideALease)).isEqualTo("checked_out");

    var besideWork = engine.propose("plain", 2);
    var begun = begun(besideWork);
    begun(besideWork);
    engine.fail(begun, false);
    engine.retryOrder(besideWork);
    assertThat(engine.orderState(besideWork)).isEqualTo("in_progress");
  }

  private static void cancelInEveryState() {
    var queued = engine.propose("plain", 1);
    var checkedOut = engine.propose("plain", 1);
    engine.checkout("a", checkedOut);
    var inProgress = engine.propose("plain", 1);
    begun(inProgress);
    var submitted = engine.work(engine.propose("plain", 1));
    var approved = engine.work(engine.propose("plain", 1));
    engine.approve(approved, 0);
    var failed = engine.propose("plain", 1);
    engine.fail(engine.checkout("a", failed), false);
    for (var order : new UUID[] {queued, checkedOut, inProgress, submitted, approved, failed}) {
      engine.cancel(order);
      assertThat(engine.orderState(order)).isEqualTo(OrderState.CANCELLED.wire());
    }
  }

  private static void applyAndFailToApply() {
    var good = engine.work(engine.propose("java", 1));
    var bad = engine.work(engine.propose("broken", 1));
    engine.approve(good, 0);
    engine.approve(bad, 0);
    var badItem = engine.work(engine.propose("broken-items", 1));
    engine.approve(badItem, 0);
    var settings =
        new ApplyVerticle.Settings(
            2, Duration.ofMillis(20), Duration.ofSeconds(30), Duration.ZERO, Duration.ofSeconds(1));
    var deployed = engine.applying(settings);
    awaitState(good, OrderState.COMPLETED);
    awaitState(bad, OrderState.FAILED);
    awaitState(badItem, OrderState.FAILED);
    engine.retryOrder(badItem);
    engine.retryOrder(bad);
    awaitState(bad, OrderState.FAILED);
    hold();
    TestDatabase.await(db.vertx().undeploy(deployed));
  }

  private static void hold() {
    var held = engine.work(engine.propose("unsteady", 1));
    engine.approve(held, 0);
    awaitEvent(held, "apply_held");
    assertThat(engine.orderState(held)).isEqualTo(OrderState.SUBMITTED.wire());
  }

  private static void awaitEvent(UUID order, String event) {
    long end = System.nanoTime() + TestDatabase.LIMIT.toNanos();
    while (!engine.events("order_id", order).contains(event)) {
      assertThat(System.nanoTime()).as("the order got " + event).isLessThan(end);
    }
  }

  private static void awaitState(UUID order, OrderState state) {
    long end = System.nanoTime() + TestDatabase.LIMIT.toNanos();
    while (!engine.orderState(order).equals(state.wire())) {
      assertThat(System.nanoTime()).as("the order became " + state).isLessThan(end);
    }
  }

  private static void deadLetter() {
    var order = engine.propose("plain", 2);
    engine.fail(engine.checkout("a", order), false);
    db.execute(
        "update work_orders set last_transitioned_at = now() - interval '3 days' where id = $1",
        order);

    db.run(() -> new DeadLetters(db.pool(), Duration.ofHours(48)).run());

    assertThat(engine.orderState(order)).isEqualTo(OrderState.DEAD_LETTERED.wire());
    assertThat(
            db.<String>value(
                "select state from work_items_now where order_id = $1 order by state limit 1",
                order))
        .isEqualTo(ItemState.CANCELLED.wire());
  }

  /** Its change is never what it foretold. */
  private static final class Unsteady extends AbstractOrderType {
    @Override
    public String name() {
      return "unsteady";
    }

    @Override
    public JsonObject schema() {
      return new JsonObject();
    }

    @Override
    public JsonObject resultSchema() {
      return new JsonObject();
    }

    @Override
    public boolean holdOnDifference() {
      return true;
    }

    @Override
    public Diff preview(Context context) {
      return Diffs.none("foretold");
    }

    @Override
    public Diff apply(Context context) {
      return Diffs.of(new JsonObject(), new JsonObject().put("n", 1), "done");
    }
  }
}
