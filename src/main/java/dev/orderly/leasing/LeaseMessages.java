package dev.orderly.leasing;

import dev.orderly.bus.Address;
import dev.orderly.bus.Topic;
import dev.orderly.domain.Caller;
import dev.orderly.domain.ItemState;
import dev.orderly.domain.OrderState;
import dev.orderly.idempotency.IdempotencyKey;
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
   */
  public record Checkout(
      Caller caller, List<String> types, UUID orderId, Integer minPriority, int max) {}

  /**
   * @param items never empty
   */
  public record CheckedOut(List<LeasedItem> items) {}

  /** I am still at it. */
  public record Heartbeat(Caller caller, UUID itemId, LeaseProof proof) {}

  public record Extended(
      UUID itemId, ItemState state, Instant expiresAt, int heartbeatEverySeconds) {}

  /** I give it back; no attempt is counted. */
  public record Release(Caller caller, UUID itemId, LeaseProof proof, String reason) {}

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
   * @param availableAt when it may be leased again; null if it is not queued
   * @param replayed true if this is the answer to an earlier request with the same key
   */
  public record Ended(
      UUID itemId,
      UUID orderId,
      String type,
      ItemState state,
      OrderState orderState,
      int attempts,
      int maxAttempts,
      Instant availableAt,
      boolean replayed) {

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
    static Ended replay(JsonObject json) {
      var item = json.getJsonObject("item");
      var availableAt = item.getString("available_at");
      return new Ended(
          UUID.fromString(item.getString("id")),
          UUID.fromString(item.getString("order_id")),
          item.getString("type"),
          ItemState.of(item.getString("state")),
          OrderState.of(json.getString("order_state")),
          item.getInteger("attempts"),
          item.getInteger("max_attempts"),
          availableAt == null ? null : Instant.parse(availableAt),
          true);
    }
  }

  /** Which queues an item, or an order's items, stand in. Exactly one of the ids is given. */
  public record FindQueues(String tenant, UUID itemId, UUID orderId) {}

  /**
   * @param types item types; never empty
   */
  public record Queues(List<String> types) {}

  /** A tenant's items of one type: what one desk serves. */
  public record Queue(String tenant, String type) {}

  /** Items of a queue were leased; the first of these leases lapses no sooner than this. */
  public record Watch(Queue queue, long withinMillis) {}

  public static final Address<FindQueues, Queues> FIND_QUEUES =
      new Address<>("leasing.find-queues", FindQueues.class, Queues.class);

  public static Address<Checkout, CheckedOut> checkout(int shard) {
    return new Address<>("leasing.checkout." + shard, Checkout.class, CheckedOut.class);
  }

  public static Address<Heartbeat, Extended> heartbeat(int shard) {
    return new Address<>("leasing.heartbeat." + shard, Heartbeat.class, Extended.class);
  }

  public static Address<Release, Ended> release(int shard) {
    return new Address<>("leasing.release." + shard, Release.class, Ended.class);
  }

  public static Address<Fail, Ended> fail(int shard) {
    return new Address<>("leasing.fail." + shard, Fail.class, Ended.class);
  }

  public static Topic<Watch> watch(int shard) {
    return new Topic<>("leasing.watch." + shard, Watch.class);
  }
}
