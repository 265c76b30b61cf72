package dev.orderly.testing;

import dev.orderly.applying.ApplyVerticle;
import dev.orderly.applying.sql.SqlSetup;
import dev.orderly.bus.Address;
import dev.orderly.bus.Bus;
import dev.orderly.cluster.Placement;
import dev.orderly.domain.Actor;
import dev.orderly.domain.Caller;
import dev.orderly.domain.Rejected;
import dev.orderly.domain.Violation;
import dev.orderly.idempotency.Answer;
import dev.orderly.idempotency.IdempotencyKey;
import dev.orderly.leasing.HandedOut;
import dev.orderly.leasing.LeaseMessages.CheckedOut;
import dev.orderly.leasing.LeaseMessages.Checkout;
import dev.orderly.leasing.LeaseMessages.Ended;
import dev.orderly.leasing.LeaseMessages.Extended;
import dev.orderly.leasing.LeaseMessages.Fail;
import dev.orderly.leasing.LeaseMessages.Heartbeat;
import dev.orderly.leasing.LeaseMessages.Release;
import dev.orderly.leasing.LeaseMessages.Wait;
import dev.orderly.leasing.LeaseProof;
import dev.orderly.leasing.LeaseTokens;
import dev.orderly.leasing.Shards;
import dev.orderly.leasing.desk.BusDesks;
import dev.orderly.leasing.desk.Desks;
import dev.orderly.leasing.desk.LeasingVerticle;
import dev.orderly.leasing.heartbeats.Heartbeats;
import dev.orderly.leasing.item.LeasedItem;
import dev.orderly.leasing.limits.AgentLimits;
import dev.orderly.state.Seen;
import dev.orderly.state.SettledOrders;
import dev.orderly.state.StateMessages;
import dev.orderly.state.StateMessages.Approve;
import dev.orderly.state.StateMessages.Cancel;
import dev.orderly.state.StateMessages.Propose;
import dev.orderly.state.StateMessages.Reject;
import dev.orderly.state.StateMessages.RetryItem;
import dev.orderly.state.StateMessages.RetryOrder;
import dev.orderly.state.StateMessages.Submit;
import dev.orderly.state.StateVerticle;
import dev.orderly.types.OrderType;
import dev.orderly.types.TypeRegistry;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.ThreadingModel;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;

/** The leasing and state features on a test database, spoken to as the API does: over the bus. */
public final class Engine {
  public static final String TENANT = "default";

  /** How many leasing verticles each node has. */
  public static final int DESK_HOSTS = 2;

  /** As nodes have it, or as a run of the tests wants it: bundles are not to be seen. */
  public static final int BUNDLE_MIN = Integer.getInteger("orderly.bundle_min", 1);

  private static final byte[] KEY = new byte[32];
  private static final LeasingVerticle.Settings USUAL =
      settings(1000, BUNDLE_MIN, AgentLimits.NONE);

  private final TestDatabase db;
  private final Bus bus;
  private final Map<String, OrderType> types;
  private final Heartbeats heartbeats;
  private final LeasingVerticle.Settings settings;
  private final Desks desks;
  private final HandedOut handedOut = new HandedOut(1000, System::nanoTime);

  /** Deploys the verticles; they go with the database's Vert.x instance. */
  public Engine(TestDatabase db) {
    this(db, Heartbeats.none(), BUNDLE_MIN);
  }

  /**
   * @param heartbeats where heartbeats are kept beside the database
   * @param bundleMin how many leases of one call share a row at least
   */
  public Engine(TestDatabase db, Heartbeats heartbeats, int bundleMin) {
    this(
        db,
        db.bus(),
        Placement.alone("test", DESK_HOSTS),
        new ConcurrentHashMap<>(),
        settings(1000, bundleMin, AgentLimits.NONE),
        heartbeats);
  }

  /**
   * One that limits agents.
   *
   * @param pollMillis how often those who wait are looked after without a hint
   */
  public Engine(TestDatabase db, AgentLimits agentLimits, long pollMillis) {
    this(
        db,
        db.bus(),
        Placement.alone("test", DESK_HOSTS),
        new ConcurrentHashMap<>(),
        settings(pollMillis, BUNDLE_MIN, agentLimits),
        Heartbeats.none());
  }

  /**
   * Another node of the same cluster: on the same event bus, with handlers of its own.
   *
   * @param placement as this node sees it
   */
  public Engine another(Placement placement) {
    return new Engine(
        db, new Bus(db.vertx(), TestDatabase.LIMIT), placement, types, settings, heartbeats);
  }

  /** A node of a cluster. */
  public Engine(TestDatabase db, Placement placement) {
    this(db, db.bus(), placement, new ConcurrentHashMap<>(), USUAL, Heartbeats.none());
  }

  private Engine(
      TestDatabase db,
      Bus bus,
      Placement placement,
      Map<String, OrderType> types,
      LeasingVerticle.Settings settings,
      Heartbeats heartbeats) {
    this.db = db;
    this.bus = bus;
    this.types = types;
    this.settings = settings;
    this.heartbeats = heartbeats;
    var tokens = new LeaseTokens(KEY);
    var shards = new Shards(8);
    this.desks =
        new BusDesks(
            db.vertx(),
            bus,
            placement,
            new BusDesks.Settings(1000, TestDatabase.LIMIT),
            shards,
            tokens,
            handedOut);
    for (int i = 0; i < settings.instances(); i++) {
      TestDatabase.await(
          db.vertx()
              .deployVerticle(
                  new LeasingVerticle(
                      i,
                      settings,
                      bus,
                      placement,
                      db.database().leasing(),
                      registry(),
                      shards,
                      tokens,
                      heartbeats)));
    }
    TestDatabase.await(
        db.vertx()
            .deployVerticle(
                new StateVerticle(
                    new StateVerticle.Settings(16, 2, 1000, 24, 200),
                    bus,
                    db.pool(),
                    db.queries(),
                    registry(),
                    tokens,
                    handedOut,
                    new SettledOrders(),
                    placement::isAlone,
                    InstantSource.system()),
                new DeploymentOptions().setThreadingModel(ThreadingModel.VIRTUAL_THREAD)));
  }

  private static LeasingVerticle.Settings settings(
      long pollMillis, int bundleMin, AgentLimits agentLimits) {
    return new LeasingVerticle.Settings(
        DESK_HOSTS, 16, 1000, 24, pollMillis, bundleMin, agentLimits);
  }

  public Engine type(OrderType type) {
    types.put(type.name(), type);
    return this;
  }

  /**
   * Applies approved orders from now on.
   *
   * @return the deployment's id
   */
  public String applying(ApplyVerticle.Settings settings) {
    var node =
        new ApplyVerticle.Node(
            "node",
            db.bus(),
            db.pool(),
            registry(),
            Map.of(),
            new SqlSetup(db.pool(), Map.of()),
            Map.of(),
            InstantSource.system());
    return TestDatabase.await(
        db.vertx()
            .deployVerticle(
                ApplyVerticle.on(node, settings),
                new DeploymentOptions().setThreadingModel(ThreadingModel.VIRTUAL_THREAD)));
  }

  public void remove(String type) {
    types.remove(type);
  }

  public TypeRegistry registry() {
    return new TypeRegistry() {
      @Override
      public Optional<OrderType> current(String name) {
        return Optional.ofNullable(types.get(name));
      }

      @Override
      public Optional<OrderType> version(String name, String version) {
        return current(name);
      }

      @Override
      public List<OrderType> all() {
        return List.copyOf(types.values());
      }
    };
  }

  public static Caller caller(String agent) {
    return new Caller(TENANT, new Actor(Actor.Kind.USER, "tester"), agent, "request-1");
  }

  public static IdempotencyKey key(String operation, String key, String body) {
    return new IdempotencyKey(TENANT, "user:tester", operation, key, "00".repeat(31) + body);
  }

  /** Proposes an order of so many items. */
  public UUID propose(String type, int items) {
    return propose(type, items, 0);
  }

  public UUID propose(String type, int items, int priority) {
    var inputs = new JsonArray();
    IntStream.range(0, items).forEach(n -> inputs.add(new JsonObject().put("n", n)));
    return orderId(propose(type, new JsonObject().put("items", inputs), priority, null));
  }

  public Answer propose(String type, JsonObject payload, int priority, IdempotencyKey key) {
    return TestDatabase.await(
        bus.call(
            StateMessages.PROPOSE,
            new Propose(caller("proposer"), type, payload, new JsonObject(), priority, null, key)));
  }

  public static UUID orderId(Answer answer) {
    return UUID.fromString(answer.body().getJsonObject("order").getString("id"));
  }

  public Future<CheckedOut> checkoutWaiting(
      String agent, List<String> types, long millis, UUID waitId) {
    return desks.checkout(
        new Checkout(caller(agent), types, null, null, 1, new Wait(waitId, millis)));
  }

  /** The agent that waits is gone. */
  public void leave(UUID waitId) {
    desks.leave(waitId);
  }

  /** One item of the order for the agent. */
  public LeasedItem checkout(String agent, UUID order) {
    return TestDatabase.await(
            desks.checkout(Checkout.now(caller(agent), List.of(), order, null, 1)))
        .items()
        .getFirst();
  }

  public LeasedItem checkout(String agent, List<String> types, Integer minPriority) {
    return TestDatabase.await(checkoutLater(agent, types, minPriority));
  }

  public Future<LeasedItem> checkoutLater(String agent, List<String> types, Integer minPriority) {
    return desks
        .checkout(Checkout.now(caller(agent), types, null, minPriority, 1))
        .map(out -> out.items().getFirst());
  }

  public Extended heartbeat(LeasedItem item) {
    return heartbeat(item.lease().agentId(), item.id(), proof(item));
  }

  public Extended heartbeat(String agent, UUID item, LeaseProof proof) {
    return TestDatabase.await(desks.heartbeat(new Heartbeat(caller(agent), item, proof)));
  }

  public Future<Extended> heartbeatLater(LeasedItem item) {
    return desks.heartbeat(new Heartbeat(caller(item.lease().agentId()), item.id(), proof(item)));
  }

  /** For commands that this has no words for; served by this node. */
  public <Q, R> Future<R> call(Address<Q, R> address, Q message) {
    return bus.call(address, message);
  }

  /** Whether this node remembers the item, which it does no longer from now on. */
  public boolean remembers(LeasedItem item) {
    return handedOut.take(item.id()) != null;
  }

  /** For calls that this has no words for. */
  public Desks desks() {
    return desks;
  }

  public Ended release(LeasedItem item) {
    return release(item.lease().agentId(), item.id(), proof(item));
  }

  public Ended release(String agent, UUID item, LeaseProof proof) {
    return TestDatabase.await(desks.release(new Release(caller(agent), item, proof, null)));
  }

  public Future<Ended> releaseLater(LeasedItem item) {
    return desks.release(new Release(caller(item.lease().agentId()), item.id(), proof(item), null));
  }

  public Ended fail(LeasedItem item, boolean retryable) {
    return TestDatabase.await(failLater(item, retryable));
  }

  public Future<Ended> failLater(LeasedItem item, boolean retryable) {
    return failLater(item, retryable, null);
  }

  public Future<Ended> failLater(LeasedItem item, boolean retryable, IdempotencyKey key) {
    return desks.fail(
        new Fail(
            caller(item.lease().agentId()),
            item.id(),
            proof(item),
            retryable,
            null,
            "it cannot be done",
            key));
  }

  public Answer submit(LeasedItem item) {
    return submit(item, new JsonObject().put("ok", true), null);
  }

  public Answer submit(LeasedItem item, JsonObject result, IdempotencyKey key) {
    return TestDatabase.await(
        submitLater(item.lease().agentId(), item.id(), proof(item), result, key));
  }

  public Future<Answer> submitLater(
      String agent, UUID item, LeaseProof proof, JsonObject result, IdempotencyKey key) {
    return bus.call(
        StateMessages.SUBMIT,
        new Submit(caller(agent), item, proof, result, null, null, null, key));
  }

  /** Checks out and submits every item of the order. */
  public UUID work(UUID order) {
    int items = db.<Integer>value("select items_queued from work_orders where id = $1", order);
    for (int i = 0; i < items; i++) {
      submit(checkout("worker", order));
    }
    return order;
  }

  public Answer approve(UUID order, int waitSeconds) {
    return TestDatabase.await(approveLater(order, waitSeconds, null));
  }

  public Future<Answer> approveLater(UUID order, int waitSeconds, IdempotencyKey key) {
    return bus.call(
        StateMessages.APPROVE,
        new Approve(
            caller("reviewer"),
            List.of("reviewer"),
            order,
            Seen.NONE,
            null,
            null,
            waitSeconds,
            key));
  }

  public Answer reject(UUID order, boolean allowRework, UUID... items) {
    return TestDatabase.await(
        bus.call(
            StateMessages.REJECT,
            new Reject(
                caller("reviewer"),
                order,
                List.of(new Violation("/ok", "wrong", "look again")),
                allowRework,
                List.of(items),
                Seen.NONE,
                null)));
  }

  public Answer cancel(UUID order) {
    return TestDatabase.await(
        bus.call(StateMessages.CANCEL, new Cancel(caller("tester"), order, "enough", true, null)));
  }

  public Answer retryOrder(UUID order) {
    return TestDatabase.await(
        bus.call(StateMessages.RETRY_ORDER, new RetryOrder(caller("tester"), order, true, null)));
  }

  public Answer retryItem(UUID item) {
    return TestDatabase.await(
        bus.call(StateMessages.RETRY_ITEM, new RetryItem(caller("tester"), item, true, null)));
  }

  public static LeaseProof proof(LeasedItem item) {
    return new LeaseProof(item.lease().token(), null);
  }

  public String orderState(UUID order) {
    return db.value("select state from work_orders where id = $1", order);
  }

  public String itemState(UUID item) {
    return db.value("select state from work_items_now where id = $1", item);
  }

  /** An order's items, in the order of the plan. */
  public List<UUID> items(UUID order) {
    return db
        .rows("select id from work_items where order_id = $1 order by position", order)
        .stream()
        .map(row -> UUID.fromString(row.getString("id")))
        .toList();
  }

  /** The audit trail's words for an order or an item, oldest first. */
  public List<String> events(String column, UUID id) {
    return db
        .rows("select event from work_events where " + column + " = $1 order by id", id)
        .stream()
        .map(row -> row.getString("event"))
        .toList();
  }

  /** Makes an item's lease lapse without waiting for it. */
  public void lapse(UUID item) {
    db.leave(item, -1);
  }

  /** What a refused call was refused with. */
  public static Rejected refusal(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    var thrown = org.assertj.core.api.Assertions.catchThrowable(call);
    if (thrown instanceof Rejected rejected) {
      return rejected;
    }
    throw new AssertionError("expected a refusal, found " + thrown, thrown);
  }
}
