package dev.orderly.api.rest;

import dev.orderly.api.rest.handling.Call;
import dev.orderly.api.rest.handling.Endpoint;
import dev.orderly.api.rest.handling.Reply;
import dev.orderly.bus.Bus;
import dev.orderly.state.StateMessages;
import dev.orderly.state.StateMessages.ListTypes;
import dev.orderly.state.StateMessages.ShowType;
import io.vertx.core.Future;
import java.util.Map;

/** Order types. */
final class TypeRoutes {
  private final Bus bus;

  TypeRoutes(Bus bus) {
    this.bus = bus;
  }

  Map<String, Endpoint> endpoints() {
    return Map.of("listTypes", this::list, "showType", this::show);
  }

  private Future<Reply> list(Call call) {
    return bus.call(StateMessages.LIST_TYPES, new ListTypes(call.caller().tenant()))
        .map(page -> Reply.json(200, page.body()));
  }

  private Future<Reply> show(Call call) {
    var query = new ShowType(call.caller().tenant(), call.path("type"));
    return bus.call(StateMessages.SHOW_TYPE, query).map(found -> Reply.json(200, found.body()));
  }
}
