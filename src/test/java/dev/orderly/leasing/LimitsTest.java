package dev.orderly.leasing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import dev.orderly.leasing.LeaseMessages.Checkout;
import dev.orderly.leasing.item.LeasedItem;
import dev.orderly.testing.Engine;
import dev.orderly.testing.LeasedItems;
import dev.orderly.testing.TestDatabase;
import dev.orderly.testing.TestType;
import dev.orderly.types.TypeLimits;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What limits let through, in which order, and what they say when they do not. */
class LimitsTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  private static Engine engine;

  @BeforeAll
  static void start() {
    engine = new Engine(db);
  }

  private static String type(String name, TypeLimits limits) {
    engine.type(new TestType(name).limited(limits));
    return name;
  }

  private static TypeLimits leases(int leases) {
    return new TypeLimits(leases, null, null, false);
  }

  private static TypeLimits perKey(int leases) {
    return new TypeLimits(null, leases, null, false);
  }

  private static TypeLimits rate(double perSecond) {
    return new TypeLimits(null, null, perSecond, false);
  }

  /** An order with an item for each lane named, in that order. */
  private static UUID propose(String type, String queue, int priority, String... lanes) {
    var items = new JsonArray();
    Arrays.stream(lanes)
        .forEach(lane -> items.add(new JsonObject().put("lane", lane).put("queue", queue)));
    return Engine.orderId(
        engine.propose(type, new JsonObject().put("items", items), priority, null));
  }

  private static String[] times(int times, String lane) {
    var lanes = new String[times];
    Arrays.fill(lanes, lane);
    return lanes;
  }

  private static LeasedItem checkout(String... types) {
    return engine.checkout("agent", List.of(types), null);
  }

  private static Rejected refused(String... types) {
    return Engine.refusal(() -> checkout(types));
  }

  private static List<LeasedItem> several(int max, String... types) {
    return TestDatabase.await(
            engine
                .desks()
                .checkout(Checkout.now(Engine.caller("agent"), List.of(types), null, null, max)))
        .items();
  }

  private static String lane(LeasedItem item) {
    return LeasedItems.json(item).getJsonObject("input").getString("lane");
  }

  private static void assertStoppedBy(Rejected refusal, ErrorCode code, String... limits) {
    assertThat(refusal.code()).isEqualTo(code);
    assertThat(refusal.errors()).extracting(e -> e.code()).containsExactly(limits);
  }

  @Test
  void namesTheLimitOfAFullTypeAndGivesAgainWhenALeaseEnds() {
    var type = type("full", leases(2));
    engine.propose(type, 4);
    var first = checkout(type);
    checkout(type);

    var refusal = refused(type);

    assertStoppedBy(refusal, ErrorCode.NO_ITEMS_AVAILABLE, "limit.type_leases");
    assertThat(refusal.detail()).contains("type full has its 2 leases");
    engine.submit(first);
    assertThat(checkout(type).type()).isEqualTo(type);
    assertStoppedBy(refused(type), ErrorCode.NO_ITEMS_AVAILABLE, "limit.type_leases");
  }

  @Test
  void saysThatThereIsNothingWhenThatIsSo() {
    var type = type("spent", leases(1));
    engine.propose(type, 1);
    checkout(type);

    var refusal = refused(type);

    assertThat(refusal.code()).isEqualTo(ErrorCode.NO_ITEMS_AVAILABLE);
    assertThat(refusal.errors()).isEmpty();
  }

  @Test
  void gettingSeveralAtOnceCountsEach() {
    var type = type("full.batch", leases(3));
    engine.propose(type, 5);

    assertThat(several(5, type)).hasSize(3);
    assertStoppedBy(refused(type), ErrorCode.NO_ITEMS_AVAILABLE, "limit.type_leases");
  }

  @Test
  void limitsAnOrdersOwnCheckoutsToo() {
    var type = type("full.order", leases(1));
    var order = propose(type, null, 0, "a", "b");
    engine.checkout("agent", order);

    var refusal = Engine.refusal(() -> engine.checkout("agent", order));

    assertStoppedBy(refusal, ErrorCode.NO_ITEMS_AVAILABLE, "limit.type_leases");
  }

  @Test
  void aFullTypeHidesNoWorkOfAnother() {
    var full = type("hiding", leases(1));
    var open = type("hidden", TypeLimits.NONE);
    engine.propose(full, 300, 9);
    engine.propose(open, 1, 0);

    assertThat(checkout(full, open).orderType()).isEqualTo(full);
    assertThat(checkout(full, open).orderType()).isEqualTo(open);
    assertStoppedBy(refused(full, open), ErrorCode.NO_ITEMS_AVAILABLE, "limit.type_leases");
  }

  @Test
  void aFullTypeHidesNoWorkOfOthersInItsOwnQueue() {
    var full = type("mixed.full", leases(1));
    var limited = type("mixed.limited", leases(5));
    var open = type("mixed.open", TypeLimits.NONE);
    propose(full, "mixed.queue", 9, times(200, "a"));
    propose(limited, "mixed.queue", 5, "a");
    propose(open, "mixed.queue", 0, "a");

    assertThat(checkout("mixed.queue").orderType()).isEqualTo(full);
    assertThat(checkout("mixed.queue").orderType()).isEqualTo(limited);
    assertThat(checkout("mixed.queue").orderType()).isEqualTo(open);
    assertStoppedBy(refused("mixed.queue"), ErrorCode.NO_ITEMS_AVAILABLE, "limit.type_leases");
  }

  @Test
  void aFullKeyHidesNoItemsOfOtherKeysBehindIt() {
    var type = type("keys", perKey(1));
    propose(type, null, 0, times(400, "busy"));
    propose(type, null, 0, "idle");

    var busy = checkout(type);
    assertThat(lane(busy)).isEqualTo("busy");
    assertThat(lane(checkout(type))).isEqualTo("idle");
    assertStoppedBy(refused(type), ErrorCode.NO_ITEMS_AVAILABLE, "limit.key_leases");
    engine.release(busy);
    assertThat(lane(checkout(type))).isEqualTo("busy");
  }

  @Test
  void aKeyCountsInAllQueuesAndOrdersOfItsType() {
    var type = type("keys.spread", perKey(1));
    propose(type, "keys.one", 0, "a");
    propose(type, "keys.two", 0, "a", "b");

    assertThat(lane(checkout("keys.one"))).isEqualTo("a");
    assertThat(lane(checkout("keys.two"))).isEqualTo("b");
    assertStoppedBy(refused("keys.two"), ErrorCode.NO_ITEMS_AVAILABLE, "limit.key_leases");
  }

  @Test
  void itemsWithoutAKeyHaveOnlyTheirTypesLimits() {
    var type = type("keyless", new TypeLimits(3, 1, null, false));
    engine.propose(type, 5);

    assertThat(several(5, type)).hasSize(3);
  }

  @Test
  void aRateRefusesWithTheTimeToWait() {
    var type = type("slow", rate(0.01));
    engine.propose(type, 3);
    checkout(type);

    var refusal = refused(type);

    assertStoppedBy(refusal, ErrorCode.RATE_LIMITED, "limit.type_rate");
    assertThat(refusal.retryAfterSeconds()).isBetween(60L, 100L);
    db.execute(
        "update rate_buckets set counted_at = counted_at - interval '100 seconds' where name = $1",
        type);
    assertThat(checkout(type).type()).isEqualTo(type);
    assertStoppedBy(refused(type), ErrorCode.RATE_LIMITED, "limit.type_rate");
  }

  @Test
  void aRateCountsItemsNotCalls() {
    var type = type("slow.batch", rate(3));
    engine.propose(type, 10);

    assertThat(several(10, type)).hasSize(3);
  }

  @Test
  void aPauseSavesUpNoMoreThanASecondsWorth() {
    var type = type("slow.paused", rate(2));
    engine.propose(type, 10);
    checkout(type);
    db.execute(
        "update rate_buckets set counted_at = counted_at - interval '1 hour' where name = $1",
        type);

    assertThat(several(10, type)).hasSize(2);
  }

  @Test
  void keysTakeTurnsWhereTheTypeAsksForIt() {
    var type = type("fair", new TypeLimits(null, null, null, true));
    propose(type, null, 0, "a", "a", "a", "a", "b", "b");
    propose(type, null, 0, "c");

    var given = new ArrayList<String>();
    for (int i = 0; i < 4; i++) {
      given.add(lane(checkout(type)));
    }
    several(3, type).forEach(item -> given.add(lane(item)));

    assertThat(given).containsExactly("a", "b", "c", "a", "b", "a", "a");
  }

  @Test
  void keysThatTakeTurnsKeepTheirTypesPlaceAmongOthers() {
    var fair = type("fair.mixed", new TypeLimits(null, null, null, true));
    var plain = type("fair.beside", TypeLimits.NONE);
    propose(fair, null, 0, "a", "a");
    engine.propose(plain, 1);
    propose(fair, null, 0, "b");
    db.execute("update work_items set rank = position where type = $1", plain);
    db.execute(
        "update work_items set rank = -10 + position where type = $1 and limit_key = 'a'", fair);
    db.execute("update work_items set rank = 10 where type = $1 and limit_key = 'b'", fair);

    assertThat(several(4, fair, plain))
        .extracting(item -> lane(item) == null ? "plain" : lane(item))
        .containsExactly("a", "b", "plain", "a");
  }

  @Test
  void waitingMakesUpForPriority() {
    engine.type(new TestType("ageing").with(TestType.QUICK.ageing(10)));
    var old = engine.propose("ageing", 1, 0);
    db.execute("update work_items set rank = rank - 60000 where order_id = $1", old);
    var lower = engine.propose("ageing", 1, 5);
    var higher = engine.propose("ageing", 1, 7);

    assertThat(checkout("ageing").orderId()).isEqualTo(higher);
    assertThat(checkout("ageing").orderId()).isEqualTo(old);
    assertThat(checkout("ageing").orderId()).isEqualTo(lower);
  }

  @Test
  void waitingCountsForNothingWhereATypeSaysSo() {
    engine.type(new TestType("strict").with(TestType.QUICK.ageing(0)));
    var old = engine.propose("strict", 1, 0);
    db.execute("update work_items set rank = rank - 31536000000 where order_id = $1", old);
    var higher = engine.propose("strict", 1, 1);

    assertThat(checkout("strict").orderId()).isEqualTo(higher);
    assertThat(checkout("strict").orderId()).isEqualTo(old);
  }

  @Test
  void lowestPriorityAskedForHoldsForLimitedTypes() {
    var type = type("minimum.limited", leases(5));
    propose(type, null, 1, "a");
    var high = propose(type, null, 3, "a");

    assertThat(engine.checkout("agent", List.of(type), 2).orderId()).isEqualTo(high);
    assertThat(Engine.refusal(() -> engine.checkout("agent", List.of(type), 2)).code())
        .isEqualTo(ErrorCode.NO_ITEMS_AVAILABLE);
  }

  @Test
  void aTypeWithoutLimitsLeavesNothingBesideItsItems() {
    engine.type(new TestType("free"));
    propose("free", null, 0, "a");

    var item = checkout("free");

    var row =
        db.row("select limit_key, agent_counted from work_items_now where id = $1", item.id());
    assertThat(row.getValue("limit_key")).isNull();
    assertThat(row.getBoolean("agent_counted")).isFalse();
    assertThat(db.rows("select from rate_buckets where name = 'free'")).isEmpty();
    assertThat(db.rows("select from lane_turns where order_type = 'free'")).isEmpty();
  }

  @Test
  void aLimitSetLaterCountsForOrdersProposedUnderLimits() {
    var type = type("raised", leases(1));
    engine.propose(type, 3);
    checkout(type);
    type("raised", leases(2));

    assertThat(several(3, type)).hasSize(1);
  }
}
