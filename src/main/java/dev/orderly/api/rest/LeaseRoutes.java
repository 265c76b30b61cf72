package dev.orderly.api.rest;

import dev.orderly.api.CheckoutAnswers;
import dev.orderly.api.LeaseJson;
import dev.orderly.api.Undelivered;
import dev.orderly.api.rest.handling.Answers;
import dev.orderly.api.rest.handling.Call;
import dev.orderly.api.rest.handling.Endpoint;
import dev.orderly.api.rest.handling.OpenWaits;
import dev.orderly.api.rest.handling.Reply;
import dev.orderly.bus.Bus;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import dev.orderly.idempotency.Answer;
import dev.orderly.leasing.LeaseMessages;
import dev.orderly.leasing.LeaseMessages.Checkout;
import dev.orderly.leasing.LeaseMessages.Ended;
import dev.orderly.leasing.LeaseMessages.Fail;
import dev.orderly.leasing.LeaseMessages.Heartbeat;
import dev.orderly.leasing.LeaseMessages.Release;
import dev.orderly.leasing.LeaseMessages.ShowLeases;
import dev.orderly.leasing.LeaseMessages.Wait;
import dev.orderly.leasing.desk.Desks;
import dev.orderly.leasing.item.LeasedItem;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Leases: checkout, heartbeat, release, fail. */
final class LeaseRoutes {
  private final Desks desks;
  private final Bus bus;
  private final OpenWaits waits;

  LeaseRoutes(Desks desks, Bus bus, OpenWaits waits) {
    this.desks = desks;
    this.bus = bus;
    this.waits = waits;
  }

  Map<String, Endpoint> endpoints() {
    return Map.of(
        "checkout", this::checkout,
        "checkoutFromOrder", this::checkoutFromOrder,
        "heartbeat", this::heartbeat,
        "releaseItem", this::release,
        "failItem", this::fail,
        "showLease", this::showLease);
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
      waits.began(wait.id());
    }
    return desks
        .checkout(new Checkout(call.caller(), types, order, minPriority, max, wait))
        .onComplete(
            over -> {
              if (wait != null) {
                waits.ended(wait.id());
              }
            })
        .onSuccess(out -> giveBackIfUnread(call, out.items()))
        .map(
            out ->
                Reply.json(
                    200, CheckoutAnswers.answer(out.items(), call.body().containsKey("max"))));
  }

  private void giveBackIfUnread(Call call, List<LeasedItem> items) {
    if (call.isDisconnected()) {
      Undelivered.giveBack(desks, call.caller(), items);
    }
  }

  private Future<Reply> heartbeat(Call call) {
    return desks
        .heartbeat(new Heartbeat(call.caller(), call.id("item"), LeaseJson.proof(call.body())))
        .map(extended -> Reply.json(200, LeaseJson.encode(extended)));
  }

  private Future<Reply> release(Call call) {
    var body = call.body();
    return desks
        .release(
            new Release(
                call.caller(), call.id("item"), LeaseJson.proof(body), body.getString("reason")))
        .map(LeaseRoutes::encode);
  }

  private Future<Reply> fail(Call call) {
    var body = call.body();
    return desks
        .fail(
            new Fail(
                call.caller(),
                call.id("item"),
                LeaseJson.proof(body),
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

  /** Whether a lease is current is asked by third parties too: whoever shows the token may know. */
  private Future<Reply> showLease(Call call) {
    var token = call.path("token");
    return bus.call(
            LeaseMessages.SHOW_LEASES, new ShowLeases(call.caller().tenant(), List.of(token)))
        .map(
            found -> {
              var lease = found.leases().getFirst();
              if (lease == null) {
                throw new Rejected(ErrorCode.NOT_FOUND, "There is no lease with this token");
              }
              return Reply.json(200, LeaseJson.encode(lease));
            });
  }

  private static Reply encode(Ended ended) {
    return Answers.encode(new Answer(200, ended.toJson(), ended.replayed()));
  }
}
