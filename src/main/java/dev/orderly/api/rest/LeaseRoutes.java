package dev.orderly.api.rest;

import dev.orderly.idempotency.Answer;
import dev.orderly.leasing.Desks;
import dev.orderly.leasing.LeaseMessages.Checkout;
import dev.orderly.leasing.LeaseMessages.Ended;
import dev.orderly.leasing.LeaseMessages.Fail;
import dev.orderly.leasing.LeaseMessages.Heartbeat;
import dev.orderly.leasing.LeaseMessages.Release;
import dev.orderly.leasing.LeaseMessages.Wait;
import dev.orderly.leasing.LeaseProof;
import dev.orderly.leasing.LeasedItem;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Leases: checkout, heartbeat, release, fail. */
final class LeaseRoutes {
  private final Desks desks;

  LeaseRoutes(Desks desks) {
    this.desks = desks;
  }

  Map<String, Endpoint> endpoints() {
    return Map.of(
        "checkout", this::checkout,
        "checkoutFromOrder", this::checkoutFromOrder,
        "heartbeat", this::heartbeat,
        "releaseItem", this::release,
        "failItem", this::fail);
  }

  /** What the caller shows for its lease. */
  static LeaseProof proof(JsonObject body) {
    var token = body.getString("lease_token");
    var fence = body.getLong("fence");
    return token == null && fence == null ? LeaseProof.NONE : new LeaseProof(token, fence);
  }

  private Future<Reply> checkout(Call call) {
    var body = call.body();
    var order = body.getString("order");
    return checkout(
        call,
        types(body.getValue("type")),
        order == null ? null : UUID.fromString(order),
        body.getInteger("min_priority"));
  }

  private Future<Reply> checkoutFromOrder(Call call) {
    return checkout(call, List.of(), call.id("order"), null);
  }

  private Future<Reply> checkout(Call call, List<String> types, UUID order, Integer minPriority) {
    int seconds = call.body().getInteger("wait", 0);
    var wait = seconds == 0 ? null : new Wait(UUID.randomUUID(), seconds * 1000L);
    int max = call.body().getInteger("max", 1);
    if (wait != null) {
      call.onDisconnect(() -> desks.leave(wait.id()));
    }
    return desks
        .checkout(new Checkout(call.caller(), types, order, minPriority, max, wait))
        .onSuccess(out -> giveBackIfUnread(call, out.items()))
        .map(out -> Reply.json(200, encode(out.items(), call.body().containsKey("max"))));
  }

  /**
   * @param all whether the agent asked for several: whoever takes one has no use for a list
   */
  private static JsonObject encode(List<LeasedItem> items, boolean all) {
    var encoded = items.stream().map(LeaseRoutes::encode).toList();
    var answer = new JsonObject().put("item", encoded.getFirst());
    return all ? answer.put("items", new JsonArray(encoded)) : answer;
  }

  /** An agent that left while it waited does not know that it holds anything. */
  private void giveBackIfUnread(Call call, List<LeasedItem> items) {
    if (call.isDisconnected()) {
      desks.release(
          items.stream()
              .map(
                  item ->
                      new Release(
                          call.caller(),
                          item.id(),
                          new LeaseProof(item.lease().token(), null),
                          "The agent had left before it got the answer"))
              .toList());
    }
  }

  private Future<Reply> heartbeat(Call call) {
    return desks
        .heartbeat(new Heartbeat(call.caller(), call.id("item"), proof(call.body())))
        .map(
            extended ->
                Reply.json(
                    200,
                    new JsonObject()
                        .put("item_id", extended.itemId().toString())
                        .put("state", extended.state().wire())
                        .put("lease_expires_at", extended.expiresAt().toString())
                        .put("heartbeat_every_seconds", extended.heartbeatEverySeconds())));
  }

  private Future<Reply> release(Call call) {
    var body = call.body();
    return desks
        .release(new Release(call.caller(), call.id("item"), proof(body), body.getString("reason")))
        .map(LeaseRoutes::encode);
  }

  private Future<Reply> fail(Call call) {
    var body = call.body();
    return desks
        .fail(
            new Fail(
                call.caller(),
                call.id("item"),
                proof(body),
                body.getBoolean("retryable"),
                body.getString("code"),
                body.getString("reason"),
                call.idempotency()))
        .map(LeaseRoutes::encode);
  }

  private static List<String> types(Object type) {
    return switch (type) {
      case null -> List.of();
      case JsonArray several -> several.stream().map(String.class::cast).toList();
      default -> List.of((String) type);
    };
  }

  private static JsonObject encode(LeasedItem item) {
    var lease = item.lease();
    var expiresAt = lease.expiresAt().toString();
    return new JsonObject()
        .put("id", item.id().toString())
        .put("order_id", item.orderId().toString())
        .put("order_type", item.orderType())
        .put("type_version", item.typeVersion())
        .put("type", item.type())
        .put("key", item.key())
        .put("input", item.input())
        .put("result_schema", item.resultSchema())
        .put("attempt", item.attempt())
        .put("max_attempts", item.maxAttempts())
        .put("priority", item.priority())
        .put("errors", item.errors() == null ? new JsonArray() : item.errors())
        .put("last_error", item.lastError())
        .put("lease_expires_at", expiresAt)
        .put("heartbeat_every_seconds", lease.heartbeatEverySeconds())
        .put(
            "lease",
            new JsonObject()
                .put("token", lease.token())
                .put("agent_id", lease.agentId())
                .put("fence", lease.fence())
                .put("expires_at", expiresAt)
                .put("heartbeat_every_seconds", lease.heartbeatEverySeconds()));
  }

  private static Reply encode(Ended ended) {
    return Answers.encode(new Answer(200, ended.toJson(), ended.replayed()));
  }
}
