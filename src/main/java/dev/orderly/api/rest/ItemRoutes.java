package dev.orderly.api.rest;

import dev.orderly.api.LeaseJson;
import dev.orderly.api.ProvenanceHeaders;
import dev.orderly.api.rest.handling.Answers;
import dev.orderly.api.rest.handling.Call;
import dev.orderly.api.rest.handling.Endpoint;
import dev.orderly.api.rest.handling.Reply;
import dev.orderly.auth.Scope;
import dev.orderly.bus.Bus;
import dev.orderly.state.StateMessages;
import dev.orderly.state.StateMessages.RetryItem;
import dev.orderly.state.StateMessages.ShowItem;
import dev.orderly.state.StateMessages.Submit;
import io.vertx.core.Future;
import java.util.Map;

/** Items: reading, handing in results, taking failed ones up again. */
final class ItemRoutes {
  private final Bus bus;

  ItemRoutes(Bus bus) {
    this.bus = bus;
  }

  Map<String, Endpoint> endpoints() {
    return Map.of(
        "showItem", this::show,
        "itemLogs", this::logs,
        "submitItem", this::submit,
        "retryItem", this::retry);
  }

  private Future<Reply> show(Call call) {
    var query = new ShowItem(call.caller().tenant(), call.id("item"));
    return bus.call(StateMessages.SHOW_ITEM, query)
        .map(found -> OrderRoutes.tagged(found.body().getJsonObject("item"), found.body()));
  }

  private Future<Reply> logs(Call call) {
    return bus.call(StateMessages.LOGS, OrderRoutes.logs(call, call.id("item"), null))
        .map(page -> Reply.json(200, page.body()));
  }

  private Future<Reply> submit(Call call) {
    var body = call.body();
    var command =
        new Submit(
            call.caller(),
            call.id("item"),
            LeaseJson.proof(body),
            body.getJsonObject("result"),
            body.getJsonArray("evidence"),
            body.getString("notes"),
            ProvenanceHeaders.read(call.request(), call.caller()),
            call.idempotency());
    return bus.call(StateMessages.SUBMIT, command).map(Answers::encode);
  }

  private Future<Reply> retry(Call call) {
    var command =
        new RetryItem(
            call.caller(), call.id("item"), call.principal().may(Scope.ADMIN), call.idempotency());
    return bus.call(StateMessages.RETRY_ITEM, command).map(Answers::encode);
  }
}
