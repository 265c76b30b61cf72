package dev.orderly.leasing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.cluster.Placement;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import dev.orderly.leasing.LeaseMessages.Checkout;
import dev.orderly.leasing.LeaseMessages.Wait;
import dev.orderly.leasing.desk.Desks;
import dev.orderly.leasing.ending.ExpireLeases;
import dev.orderly.leasing.heartbeats.Heartbeats;
import dev.orderly.leasing.item.LeasedItem;
import dev.orderly.leasing.limits.AgentLimits;
import dev.orderly.leasing.limits.AgentLimits.Numbers;
import dev.orderly.storage.Tx;
import dev.orderly.testing.Engine;
import dev.orderly.testing.TestDatabase;
import dev.orderly.testing.TestType;
import dev.orderly.types.TypeLimits;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Many agents at the desks of two nodes that know nothing of each other, so that each shard has two
 * desks; the desk for several queues is a third and a fourth. What was live when, the audit trail
 * tells: the end of a lease stands in it before a lease that it made room for.
 */
class LimitsCrowdTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  private static final int AGENTS = 24;
  private static final long WAIT_MILLIS = 300;
  private static final AgentLimits AGENT_LIMITS =
      new AgentLimits(new Numbers(0, Map.of("few-*", 2)), Numbers.NONE);

  private static Engine engine;
  private static List<Desks> nodes;

  @BeforeAll
  static void start() {
    engine = new Engine(db, AGENT_LIMITS, 100);
    nodes =
        List.of(
            engine.desks(), engine.another(Placement.alone("other", Engine.DESK_HOSTS)).desks());
  }

  private static UUID propose(String type, int items, int keys, int priority) {
    var inputs = new JsonArray();
    for (int i = 0; i < items; i++) {
      inputs.add(new JsonObject().put("lane", "key-" + i % keys));
    }
    return Engine.orderId(
        engine.propose(type, new JsonObject().put("items", inputs), priority, null));
  }

  /** Agents that work until so many items are submitted. */
  private static void crowd(String prefix, List<String> types, int items) {
    var submitted = new AtomicInteger();
    try (var agents = Executors.newVirtualThreadPerTaskExecutor()) {
      var working = new ArrayList<java.util.concurrent.Future<?>>();
      for (int n = 0; n < AGENTS; n++) {
        int agent = n;
        working.add(
            agents.submit(
                () -> {
                  // Each agent is there twice, once at each node.
                  var desks = nodes.get(agent % nodes.size());
                  // Half of them come to the desk for several queues.
                  var asked = new ArrayList<>(types);
                  if (agent % 4 < 2) {
                    asked.add("nothing.here");
                  }
                  while (submitted.get() < items) {
                    take(desks, prefix + agent / 2, asked, 1 + agent % 3)
                        .forEach(item -> finish(item, submitted));
                  }
                }));
      }
      for (var one : working) {
        one.get();
      }
    } catch (InterruptedException | ExecutionException e) {
      throw new AssertionError(e);
    }
    assertThat(submitted).hasValue(items);
  }

  private static List<LeasedItem> take(Desks desks, String agent, List<String> types, int max) {
    var wait = new Wait(UUID.randomUUID(), WAIT_MILLIS);
    try {
      return TestDatabase.await(
              desks.checkout(new Checkout(Engine.caller(agent), types, null, null, max, wait)))
          .items();
    } catch (Rejected e) {
      assertThat(e.code()).isIn(ErrorCode.NO_ITEMS_AVAILABLE, ErrorCode.RATE_LIMITED);
      return List.of();
    }
  }

  /** Leases end in all ways that there are, the first of an item seldom by a result. */
  private static void finish(LeasedItem item, AtomicInteger submitted) {
    int way = item.lease().fence() > 1 ? 0 : item.id().hashCode() & 3;
    switch (way) {
      case 1 -> engine.release(item);
      case 2 -> engine.fail(item, true);
      case 3 -> {
        engine.lapse(item.id());
        TestDatabase.await(
            new ExpireLeases(new Tx(db.pool()), db.bus(), Heartbeats.none()).sweep());
      }
      default -> {
        engine.submit(item);
        submitted.incrementAndGet();
      }
    }
  }

  /** The most leases that were live at once, of those that have the same in the column. */
  private static int most(String type, String per) {
    return db.<Integer>value(
        """
        select max(live)::int from (
          select sum(case when e.event = 'leased' then 1 else -1 end)
            over (partition by %s order by e.id) as live
          from work_events e join work_items i on i.id = e.item_id
          where i.order_type = $1 and e.event in
            ('leased', 'released', 'lease_expired', 'attempt_failed', 'submitted')) x
        """
            .formatted(per),
        type);
  }

  private static void assertAllSubmitted(String type) {
    assertThat(
            db.<Long>value(
                "select count(*) from work_items_now where order_type = $1 and state <> 'submitted'",
                type))
        .isZero();
  }

  @Test
  void theAuditTrailWouldShowMoreThanALimit() {
    engine.type(new TestType("crowd.free"));
    propose("crowd.free", 5, 1, 0);

    take(nodes.getFirst(), "one", List.of("crowd.free"), 5);

    assertThat(most("crowd.free", "i.order_type")).isEqualTo(5);
  }

  @Test
  void noTypeEverHasMoreLeasesThanItMay() {
    engine.type(new TestType("crowd.type").limited(new TypeLimits(3, null, null, false)));
    propose("crowd.type", 60, 1, 0);
    propose("crowd.type", 60, 1, 5);

    crowd("typed-", List.of("crowd.type"), 120);

    assertThat(most("crowd.type", "i.order_type")).isEqualTo(3);
    assertAllSubmitted("crowd.type");
  }

  @Test
  void noKeyEverHasMoreLeasesThanItMay() {
    engine.type(new TestType("crowd.keys").limited(new TypeLimits(5, 2, null, true)));
    propose("crowd.keys", 60, 4, 0);
    propose("crowd.keys", 60, 3, 0);

    crowd("keyed-", List.of("crowd.keys"), 120);

    assertThat(most("crowd.keys", "i.limit_key")).isEqualTo(2);
    assertThat(most("crowd.keys", "i.order_type")).isEqualTo(5);
    assertAllSubmitted("crowd.keys");
  }

  @Test
  void noAgentEverHasMoreLeasesThanItMay() {
    engine.type(new TestType("crowd.agents"));
    engine.type(new TestType("crowd.agents.limited").limited(new TypeLimits(9, 4, null, false)));
    propose("crowd.agents", 60, 4, 0);
    propose("crowd.agents.limited", 60, 4, 0);

    crowd("few-", List.of("crowd.agents", "crowd.agents.limited"), 120);

    assertThat(
            db.<Integer>value(
                """
                select max(live)::int from (
                  select sum(case when l.event = 'leased' then 1 else -1 end)
                    over (partition by l.agent order by l.id) as live
                  from (
                    select e.id, e.event, max(case when e.event = 'leased' then e.actor_id end)
                      over (partition by e.item_id, coalesce(e.payload->>'fence', '')) as agent
                    from work_events e join work_items i on i.id = e.item_id
                    where i.order_type like 'crowd.agents%' and e.event in
                      ('leased', 'released', 'lease_expired', 'attempt_failed', 'submitted')) l) x
                """))
        .isEqualTo(2);
    assertThat(most("crowd.agents.limited", "i.order_type")).isLessThanOrEqualTo(9);
    assertAllSubmitted("crowd.agents");
    assertAllSubmitted("crowd.agents.limited");
  }

  @Test
  void noTypeIsGivenOutFasterThanItMay() {
    engine.type(new TestType("crowd.rate").limited(new TypeLimits(null, null, 40.0, false)));
    propose("crowd.rate", 100, 1, 0);

    crowd("rated-", List.of("crowd.rate"), 100);

    // Any stretch of time holds a full bucket and what has flowed in since, by the database's
    // clock.
    assertThat(
            db.<Long>value(
                """
                with leased as (
                  select i.leased_from as at, row_number() over (order by i.leased_from) as n from (
                    select e.created_at as leased_from from work_events e
                      join work_items i on i.id = e.item_id
                    where i.order_type = 'crowd.rate' and e.event = 'leased') i)
                select count(*) from leased a join leased b on b.n > a.n
                where b.n - a.n + 1 > 40 + 40 * (extract(epoch from b.at - a.at) + 0.25) + 1
                """))
        .isZero();
    assertAllSubmitted("crowd.rate");
  }
}
