package dev.orderly.api.rest;

import dev.orderly.api.ProvenanceHeaders;
import dev.orderly.api.rest.handling.Answers;
import dev.orderly.api.rest.handling.Call;
import dev.orderly.api.rest.handling.Endpoint;
import dev.orderly.api.rest.handling.IfMatch;
import dev.orderly.api.rest.handling.PreferWait;
import dev.orderly.api.rest.handling.Reply;
import dev.orderly.auth.Scope;
import dev.orderly.bus.Bus;
import dev.orderly.domain.Violation;
import dev.orderly.idempotency.Answer;
import dev.orderly.lifecycle.ChangePreviews;
import dev.orderly.state.StateMessages;
import dev.orderly.state.StateMessages.Approve;
import dev.orderly.state.StateMessages.Cancel;
import dev.orderly.state.StateMessages.ListOrders;
import dev.orderly.state.StateMessages.Logs;
import dev.orderly.state.StateMessages.Parameter;
import dev.orderly.state.StateMessages.Propose;
import dev.orderly.state.StateMessages.Reject;
import dev.orderly.state.StateMessages.RetryOrder;
import dev.orderly.state.StateMessages.ShowOrder;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Orders: proposing, reading, reviewing. */
final class OrderRoutes {
  /** What an approval may take beside the wait that its caller asked for. */
  private static final Duration APPROVE_MARGIN = ChangePreviews.REPLY_LIMIT.plusSeconds(15);

  static final int DEFAULT_PAGE = 50;

  private final Bus bus;
  private final String basePath;

  OrderRoutes(Bus bus, String basePath) {
    this.bus = bus;
    this.basePath = basePath;
  }

  Map<String, Endpoint> endpoints() {
    return Map.of(
        "propose", this::propose,
        "listOrders", this::list,
        "showOrder", this::show,
        "orderLogs", this::logs,
        "approveOrder", this::approve,
        "rejectOrder", this::reject,
        "cancelOrder", this::cancel,
        "retryOrder", this::retry);
  }

  private Future<Reply> propose(Call call) {
    var body = call.body();
    var command =
        new Propose(
            call.caller(),
            body.getString("type"),
            body.getJsonObject("payload"),
            body.getJsonObject("meta", new JsonObject()),
            body.getInteger("priority", 0),
            ids(body.getJsonArray("depends_on", new JsonArray())),
            ProvenanceHeaders.read(call.request(), call.caller()),
            call.idempotency());
    return bus.call(StateMessages.PROPOSE, command)
        .map(answer -> Answers.encode(answer).with("Location", location(answer.body())));
  }

  private Future<Reply> list(Call call) {
    var parameters =
        call.query().stream()
            .map(parameter -> new Parameter(parameter.getKey(), parameter.getValue()))
            .toList();
    return bus.call(StateMessages.LIST_ORDERS, new ListOrders(call.caller().tenant(), parameters))
        .map(page -> Reply.json(200, page.body()));
  }

  private Future<Reply> show(Call call) {
    var query = new ShowOrder(call.caller().tenant(), call.id("order"));
    return bus.call(StateMessages.SHOW_ORDER, query)
        .map(found -> tagged(found.body().getJsonObject("order"), found.body()));
  }

  private Future<Reply> logs(Call call) {
    return bus.call(StateMessages.LOGS, logs(call, null, call.id("order")))
        .map(page -> Reply.json(200, page.body()));
  }

  /** A page of the events of one item or one order; the other id is null. */
  static Logs logs(Call call, UUID itemId, UUID orderId) {
    var size = call.query("page[size]");
    return new Logs(
        call.caller().tenant(),
        itemId,
        orderId,
        call.query("page[after]"),
        size == null ? DEFAULT_PAGE : Integer.parseInt(size));
  }

  private Future<Reply> approve(Call call) {
    var wait = PreferWait.of(call.header("Prefer"));
    var command =
        new Approve(
            call.caller(),
            call.principal().agents(),
            call.id("order"),
            IfMatch.read(call),
            call.body().getString("notes"),
            call.body().getString("prediction"),
            wait.seconds(),
            call.idempotency());
    var timeout = Duration.ofSeconds(wait.seconds()).plus(APPROVE_MARGIN);
    return bus.call(StateMessages.APPROVE, command, timeout)
        .map(
            answer -> {
              var reply = answer.status() == 202 ? accepted(answer) : Answers.encode(answer);
              return wait.asked()
                  ? reply.with("Preference-Applied", "wait=" + wait.seconds())
                  : reply;
            });
  }

  /** Only this layer knows under which path the order can be looked at. */
  private Reply accepted(Answer answer) {
    var location = location(answer.body());
    var body = answer.body().copy().put("status_url", location);
    return Answers.encode(new Answer(answer.status(), body, answer.replayed()))
        .with("Location", location);
  }

  private Future<Reply> reject(Call call) {
    var body = call.body();
    var command =
        new Reject(
            call.caller(),
            call.id("order"),
            violations(body.getJsonArray("errors")),
            body.getBoolean("allow_rework", false),
            ids(body.getJsonArray("items", new JsonArray())),
            IfMatch.read(call),
            call.idempotency());
    return bus.call(StateMessages.REJECT, command).map(Answers::encode);
  }

  private Future<Reply> cancel(Call call) {
    var command =
        new Cancel(
            call.caller(),
            call.id("order"),
            call.body().getString("reason"),
            call.principal().may(Scope.ADMIN),
            call.idempotency());
    return bus.call(StateMessages.CANCEL, command).map(Answers::encode);
  }

  private Future<Reply> retry(Call call) {
    var command =
        new RetryOrder(
            call.caller(), call.id("order"), call.principal().may(Scope.ADMIN), call.idempotency());
    return bus.call(StateMessages.RETRY_ORDER, command).map(Answers::encode);
  }

  private static List<UUID> ids(JsonArray ids) {
    return ids.stream().map(id -> UUID.fromString((String) id)).toList();
  }

  private String location(JsonObject body) {
    return basePath + "/orders/" + body.getJsonObject("order").getString("id");
  }

  /** The digest of what a reviewer sees is its entity tag: that is what If-Match takes. */
  static Reply tagged(JsonObject reviewed, JsonObject body) {
    var reply = Reply.json(200, body);
    var digest = reviewed == null ? null : reviewed.getString("digest");
    return digest == null ? reply : reply.with("ETag", '"' + digest + '"');
  }

  static List<Violation> violations(JsonArray errors) {
    return errors.stream()
        .map(JsonObject.class::cast)
        .map(
            error ->
                new Violation(
                    error.getString("pointer", ""),
                    error.getString("code"),
                    error.getString("message")))
        .toList();
  }
}
