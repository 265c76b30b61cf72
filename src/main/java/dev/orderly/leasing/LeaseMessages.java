package dev.orderly.leasing;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.orderly.bus.Address;
import dev.orderly.bus.Topic;
import dev.orderly.domain.Caller;
import dev.orderly.domain.ItemState;
import dev.orderly.domain.OrderState;
import dev.orderly.domain.Refusal;
import dev.orderly.idempotency.IdempotencyKey;
import dev.orderly.leasing.FreedLeases.Freed;
import dev.orderly.leasing.item.LeasedItem;
import dev.orderly.leasing.item.PackedItems;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** What desks are asked and what they answer. */
public final class LeaseMessages {
  private LeaseMessages() {}

  /**
   * Give me work.
   *
   * @param types the queues to look at; empty means any
   * @param orderId only items of this order, or null
   * @param minPriority only items of at least this priority, or null
   * @param max how many items at most
   * @param waiting how long to wait for work if there is none; null means not at all
   */
  public record Checkout(
      Caller caller, List<String> types, UUID orderId, Integer minPriority, int max, Wait waiting) {
    /** One that takes no for an answer. */
    public static Checkout now(
        Caller caller, List<String> types, UUID orderId, Integer minPriority, int max) {
      return new Checkout(caller, types, orderId, minPriority, max, null);
    }

    public Checkout withWait(long millis) {
      return new Checkout(
          caller, types, orderId, minPriority, max, new Wait(waiting.id(), Math.max(0, millis)));
    }
  }

  /**
   * @param id names this wait, so that it can be ended early
   */
  public record Wait(UUID id, long millis) {}

  /**
   * Travels between nodes packed.
   *
   * @param items never empty
   */
  public record CheckedOut(List<LeasedItem> items) {
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    static CheckedOut unpack(PackedItems packed) {
      return new CheckedOut(packed.unpack());
    }

    @JsonValue
    PackedItems pack() {
      return PackedItems.pack(items);
    }
  }

  /** I am still at it. */
  public record Heartbeat(Caller caller, UUID itemId, LeaseProof proof) {}

  public record Extended(
      UUID itemId, ItemState state, Instant expiresAt, int heartbeatEverySeconds) {}

  /**
   * I give it back; no attempt is counted.
   *
   * @param reason for people; may be null
   * @param undelivered whether it is given back for a holder that never learned of the lease: then
   *     it does not count as a release either
   */
  public record Release(
      Caller caller, UUID itemId, LeaseProof proof, String reason, boolean undelivered) {
    public Release(Caller caller, UUID itemId, LeaseProof proof, String reason) {
      this(caller, itemId, proof, reason, false);
    }

    /** Gives back what the caller cannot be told of. */
    public static Release undelivered(Caller caller, LeasedItem item, String reason) {
      return new Release(
          caller, item.id(), new LeaseProof(item.lease().token(), null), reason, true);
    }
  }

  /**
   * I cannot do it.
   *
   * @param retryable whether another attempt may succeed
   * @param code stable, for programs; null means {@code agent_failure}
   * @param reason for people
   * @param idempotency null if the request has no key
   */
  public record Fail(
      Caller caller,
      UUID itemId,
      LeaseProof proof,
      boolean retryable,
      String code,
      String reason,
      IdempotencyKey idempotency) {}

  /**
   * Where an item stands after its lease ended.
   *
   * @param tenant whose; null in a replay
   * @param availableAt when it may be leased again; null if it is not queued
   * @param restSeconds how long that is from the end of the lease
   * @param replayed true if this is the answer to an earlier request with the same key
   * @param freed what limits the end of the lease leaves room in; null in a replay
   */
  public record Ended(
      UUID itemId,
      String tenant,
      UUID orderId,
      String type,
      ItemState state,
      OrderState orderState,
      int attempts,
      int maxAttempts,
      Instant availableAt,
      int restSeconds,
      boolean replayed,
      Freed freed) {

    /** As it goes on the wire, and as it is stored for replay. */
    public JsonObject toJson() {
      return new JsonObject()
          .put(
              "item",
              new JsonObject()
                  .put("id", itemId.toString())
                  .put("order_id", orderId.toString())
                  .put("type", type)
                  .put("state", state.wire())
                  .put("attempts", attempts)
                  .put("max_attempts", maxAttempts)
                  .put("available_at", availableAt == null ? null : availableAt.toString()))
          .put("order_state", orderState.wire());
    }

    /** What was stored as {@link #toJson}, replayed. */
    public static Ended replay(JsonObject json) {
      var item = json.getJsonObject("item");
      var availableAt = item.getString("available_at");
      return new Ended(
          UUID.fromString(item.getString("id")),
          null,
          UUID.fromString(item.getString("order_id")),
          item.getString("type"),
          ItemState.of(item.getString("state")),
          OrderState.of(json.getString("order_state")),
          item.getInteger("attempts"),
          item.getInteger("max_attempts"),
          availableAt == null ? null : Instant.parse(availableAt),
          0,
          true,
          null);
    }
  }

  /** What became of one of many heartbeats; exactly one of both is given. */
  public record Extension(Extended extended, Refusal refusal) {}

  /** What became of one of many leases that were to end; exactly one of both is given. */
  public record Ending(Ended ended, Refusal refusal) {}

  /**
   * A shard's desk is asked for work.
   *
   * @param withinMillis how long whoever asks listens; 0 if that is not told
   */
  public record CheckoutAt(int shard, Checkout checkout, long withinMillis) {}

  /**
   * Checkouts at one shard.
   *
   * @param checkouts that take no for an answer
   * @param withinMillis how long whoever asks listens; 0 if that is not told
   */
  public record CheckoutsAt(int shard, List<Checkout> checkouts, long withinMillis) {}

  /** Heartbeats of one shard. */
  public record HeartbeatsAt(int shard, List<Heartbeat> heartbeats) {}

  /** In the order of the heartbeats. */
  public record Extensions(List<Extension> extensions) {}

  /** Releases of one shard. */
  public record ReleasesAt(int shard, List<Release> releases) {}

  /** A failure at one shard. */
  public record FailAt(int shard, Fail fail) {}

  /** In the order of the releases. */
  public record Endings(List<Ending> endings) {}

  /** Whoever waited is gone. */
  public record Leave(UUID waitId) {}

  /** Which queues an item, or an order's items, stand in. Exactly one of the ids is given. */
  public record FindQueues(String tenant, UUID itemId, UUID orderId) {}

  /**
   * @param types item types; never empty
   */
  public record Queues(List<String> types) {}

  /** A tenant's items of one type: what one desk serves. */
  public record Queue(String tenant, String type) {}

  /** How many leases are live. */
  public record CountLeases() {}

  /**
   * @param shard whose desk serves the queue
   */
  public record QueueLeases(String tenant, String type, int shard, int leases) {}

  /** The queues with live leases. */
  public record LeaseCounts(List<QueueLeases> queues) {}

  /** Items of a queue were leased; the first of these leases lapses no sooner than this. */
  public record Watch(Queue queue, long withinMillis) {}

  /** Are these leases current? */
  public record ShowLeases(String tenant, List<String> tokens) {}

  /**
   * In the order of the tokens.
   *
   * @param leases null in the place of a token that is forged or of another tenant's item
   */
  public record LeaseStatuses(List<LeaseStatus> leases) {}

  /**
   * A lease as the database has it.
   *
   * @param fence the token's
   * @param agentId who holds the item now, under whatever fence; null if nobody does
   * @param expiresAt null if it is not current
   * @param leftMillis how long that was away, by the database's clock
   * @param reason why it is not current, one of the constants; null if it is
   */
  public record LeaseStatus(
      UUID itemId,
      UUID orderId,
      long fence,
      String agentId,
      Instant expiresAt,
      long leftMillis,
      int ttlSeconds,
      int heartbeatEverySeconds,
      String reason) {

    /** The item was leased anew. */
    public static final String SUPERSEDED = "superseded";

    /** Its time was over. */
    public static final String EXPIRED = "expired";

    /** The order was cancelled. */
    public static final String CANCELLED = "cancelled";

    /** Its holder submitted, released or failed the item. */
    public static final String ENDED = "ended";

    public boolean current() {
      return reason == null;
    }
  }

  public static final Address<ShowLeases, LeaseStatuses> SHOW_LEASES =
      new Address<>("leasing.show-leases", ShowLeases.class, LeaseStatuses.class);

  public static final Address<FindQueues, Queues> FIND_QUEUES =
      new Address<>("leasing.find-queues", FindQueues.class, Queues.class);

  public static final Address<CountLeases, LeaseCounts> COUNT_LEASES =
      new Address<>("leasing.count-leases", CountLeases.class, LeaseCounts.class);

  public static final Topic<Leave> LEAVE = new Topic<>("leasing.leave", Leave.class);

  /** The desks of one node's instance, see {@code desk.DeskHost}. */
  public static Address<CheckoutAt, CheckedOut> checkout(String host) {
    return new Address<>("leasing.checkout@" + host, CheckoutAt.class, CheckedOut.class);
  }

  public static Address<CheckoutsAt, CheckoutReplies> checkouts(String host) {
    return new Address<>("leasing.checkouts@" + host, CheckoutsAt.class, CheckoutReplies.class);
  }

  public static Address<HeartbeatsAt, Extensions> heartbeats(String host) {
    return new Address<>("leasing.heartbeats@" + host, HeartbeatsAt.class, Extensions.class);
  }

  public static Address<ReleasesAt, Endings> releases(String host) {
    return new Address<>("leasing.releases@" + host, ReleasesAt.class, Endings.class);
  }

  public static Address<FailAt, Ended> fail(String host) {
    return new Address<>("leasing.fail@" + host, FailAt.class, Ended.class);
  }

  public static final Topic<Watch> WATCH = new Topic<>("leasing.watch", Watch.class);
}
