package dev.orderly.api.rest;

import dev.orderly.api.LeaseJson;
import dev.orderly.api.PartJson;
import dev.orderly.api.ProvenanceHeaders;
import dev.orderly.api.rest.handling.Answers;
import dev.orderly.api.rest.handling.Call;
import dev.orderly.api.rest.handling.Endpoint;
import dev.orderly.api.rest.handling.Problems;
import dev.orderly.api.rest.handling.Reply;
import dev.orderly.auth.Scope;
import dev.orderly.bus.Bus;
import dev.orderly.idempotency.Answer;
import dev.orderly.state.parts.PartMessages;
import dev.orderly.state.parts.PartMessages.ListParts;
import io.vertx.core.Future;
import java.util.Map;

/** Parts of results: handing them in, reading them, making the result of them. */
final class PartRoutes {
  private static final int DEFAULT_PAGE = 50;

  private final Bus bus;

  PartRoutes(Bus bus) {
    this.bus = bus;
  }

  Map<String, Endpoint> endpoints() {
    return Map.of(
        "submitPart", this::submit, "listParts", this::list, "finalizeItem", this::finish);
  }

  private Future<Reply> submit(Call call) {
    var command =
        PartJson.part(
            call.caller(),
            call.id("item"),
            LeaseJson.proof(call.body()),
            call.body(),
            call.idempotency());
    return bus.call(PartMessages.SUBMIT_PART, command).map(PartRoutes::encode);
  }

  private static Reply encode(Answer answer) {
    if (!PartJson.isRejected(answer)) {
      return Answers.encode(answer);
    }
    var reply =
        new Reply(
            answer.status(), Map.of(), Problems.CONTENT_TYPE, PartJson.problem(answer).toBuffer());
    return answer.replayed() ? reply.with(Answers.REPLAYED, "true") : reply;
  }

  private Future<Reply> list(Call call) {
    var size = call.query("page[size]");
    var query =
        new ListParts(
            call.caller(),
            call.id("item"),
            !call.principal().may(Scope.VIEW),
            call.query("filter[part_key]"),
            call.query("filter[status]"),
            call.query("page[after]"),
            size == null ? DEFAULT_PAGE : Integer.parseInt(size));
    return bus.call(PartMessages.LIST_PARTS, query).map(page -> Reply.json(200, page.body()));
  }

  private Future<Reply> finish(Call call) {
    var command =
        PartJson.finish(
            call.caller(),
            call.id("item"),
            LeaseJson.proof(call.body()),
            call.body(),
            ProvenanceHeaders.read(call.request(), call.caller()),
            call.idempotency());
    return bus.call(PartMessages.FINALIZE, command).map(Answers::encode);
  }
}
