package dev.orderly.api.rest;

import dev.orderly.api.IdempotencyKeys;
import dev.orderly.api.LeaseJson;
import dev.orderly.api.ProvenanceHeaders;
import dev.orderly.bus.Bus;
import dev.orderly.domain.Provenance;
import dev.orderly.domain.Rejected;
import dev.orderly.idempotency.IdempotencyKey;
import dev.orderly.leasing.Desks;
import dev.orderly.leasing.LeaseMessages.Heartbeat;
import dev.orderly.leasing.LeaseMessages.Release;
import dev.orderly.state.StateMessages;
import dev.orderly.state.StateMessages.Submit;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Many items in one request, each with an answer of its own. */
final class BatchRoutes {
  private final Desks desks;
  private final Bus bus;

  BatchRoutes(Desks desks, Bus bus) {
    this.desks = desks;
    this.bus = bus;
  }

  Map<String, Endpoint> endpoints() {
    return Map.of(
        "heartbeatItems", this::heartbeat,
        "submitItems", this::submit,
        "releaseItems", this::release);
  }

  private Future<Reply> heartbeat(Call call) {
    var heartbeats =
        LeaseJson.entries(call.body()).stream()
            .map(
                entry ->
                    new Heartbeat(call.caller(), LeaseJson.itemId(entry), LeaseJson.proof(entry)))
            .toList();
    return desks
        .heartbeat(heartbeats)
        .map(
            extensions -> {
              var results = new JsonArray();
              for (int i = 0; i < heartbeats.size(); i++) {
                results.add(LeaseJson.result(heartbeats.get(i).itemId(), extensions.get(i)));
              }
              return reply(results);
            });
  }

  private Future<Reply> release(Call call) {
    var releases =
        LeaseJson.entries(call.body()).stream()
            .map(
                entry ->
                    new Release(
                        call.caller(),
                        LeaseJson.itemId(entry),
                        LeaseJson.proof(entry),
                        entry.getString("reason")))
            .toList();
    return desks
        .release(releases)
        .map(
            endings -> {
              var results = new JsonArray();
              for (int i = 0; i < releases.size(); i++) {
                results.add(LeaseJson.result(releases.get(i).itemId(), endings.get(i)));
              }
              return reply(results);
            });
  }

  private Future<Reply> submit(Call call) {
    var provenance = ProvenanceHeaders.read(call.context().request(), call.caller());
    List<Future<JsonObject>> answers =
        LeaseJson.entries(call.body()).stream()
            .map(entry -> submit(call, entry, provenance))
            .toList();
    return LeaseJson.results(answers).map(results -> Reply.json(200, results));
  }

  private Future<JsonObject> submit(Call call, JsonObject entry, Provenance provenance) {
    var itemId = LeaseJson.itemId(entry);
    var command =
        new Submit(
            call.caller(),
            itemId,
            LeaseJson.proof(entry),
            entry.getJsonObject("result"),
            entry.getJsonArray("evidence"),
            entry.getString("notes"),
            provenance,
            key(call, itemId, entry));
    return bus.call(StateMessages.SUBMIT, command)
        .map(answer -> LeaseJson.result(itemId, answer))
        .recover(
            failure ->
                failure instanceof Rejected rejected
                    ? Future.succeededFuture(LeaseJson.result(itemId, rejected))
                    : Future.failedFuture(failure));
  }

  /** The request's key, bound to the item and to what was sent for it, wherever it stood. */
  private static IdempotencyKey key(Call call, UUID itemId, JsonObject entry) {
    return call.idempotency() == null
        ? null
        : IdempotencyKeys.bind(
            call.caller(),
            "submit:" + itemId,
            call.idempotency().key(),
            entry.toBuffer().getBytes());
  }

  private static Reply reply(JsonArray results) {
    return Reply.json(200, new JsonObject().put("results", results));
  }
}
