package dev.orderly.api.rest;

import dev.orderly.api.Callers;
import dev.orderly.api.rest.handling.Answers;
import dev.orderly.api.rest.handling.Call;
import dev.orderly.api.rest.handling.Endpoint;
import dev.orderly.api.rest.handling.Reply;
import dev.orderly.auth.Scope;
import dev.orderly.bus.Bus;
import dev.orderly.lifecycle.ChangePreviews;
import dev.orderly.lifecycle.ChangePreviews.Preview;
import dev.orderly.state.StateMessages;
import dev.orderly.state.StateMessages.Revert;
import io.vertx.core.Future;
import java.util.Map;

/** Orders' changes: what they are going to be, and undoing them. */
final class ChangeRoutes {
  private final Bus bus;
  private final String basePath;

  ChangeRoutes(Bus bus, String basePath) {
    this.bus = bus;
    this.basePath = basePath;
  }

  Map<String, Endpoint> endpoints() {
    return Map.of("previewOrder", this::preview, "revertOrder", this::revert);
  }

  private Future<Reply> preview(Call call) {
    boolean fresh = Boolean.parseBoolean(call.query("fresh"));
    if (fresh) {
      // Another prediction than before voids what was approved.
      Callers.require(call.principal(), Scope.APPROVE);
    }
    var query = new Preview(call.caller().tenant(), call.id("order"), fresh);
    return bus.call(ChangePreviews.PREVIEW, query, ChangePreviews.REPLY_LIMIT)
        .map(found -> Reply.json(200, found.body()));
  }

  private Future<Reply> revert(Call call) {
    var command =
        new Revert(
            call.caller(), call.id("order"), call.body().getString("reason"), call.idempotency());
    return bus.call(StateMessages.REVERT, command)
        .map(
            answer ->
                Answers.encode(answer)
                    .with(
                        "Location",
                        basePath
                            + "/orders/"
                            + answer.body().getJsonObject("order").getString("id")));
  }
}
