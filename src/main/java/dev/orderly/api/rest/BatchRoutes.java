package dev.orderly.api.rest;

import dev.orderly.api.IdempotencyKeys;
import dev.orderly.api.LeaseJson;
import dev.orderly.api.ProvenanceHeaders;
import dev.orderly.api.rest.handling.Call;
import dev.orderly.api.rest.handling.Endpoint;
import dev.orderly.api.rest.handling.Reply;
import dev.orderly.bus.Bus;
import dev.orderly.domain.Provenance;
import dev.orderly.idempotency.IdempotencyKey;
import dev.orderly.leasing.LeaseMessages.Heartbeat;
import dev.orderly.leasing.LeaseMessages.Release;
import dev.orderly.leasing.desk.Desks;
import dev.orderly.state.StateMessages;
import dev.orderly.state.StateMessages.Submit;
import dev.orderly.state.StateMessages.SubmitAll;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.function.Function;

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
        .map(extensions -> reply(heartbeats, Heartbeat::itemId, extensions, LeaseJson::result));
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
        .map(endings -> reply(releases, Release::itemId, endings, LeaseJson::result));
  }

  private Future<Reply> submit(Call call) {
    var provenance = ProvenanceHeaders.read(call.request(), call.caller());
    var submits =
        LeaseJson.entries(call.body()).stream()
            .map(entry -> submit(call, entry, provenance))
            .toList();
    return bus.call(StateMessages.SUBMIT_ALL, new SubmitAll(submits))
        .map(all -> reply(submits, Submit::itemId, all.taken(), LeaseJson::result));
  }

  private static Submit submit(Call call, JsonObject entry, Provenance provenance) {
    var itemId = LeaseJson.itemId(entry);
    return new Submit(
        call.caller(),
        itemId,
        LeaseJson.proof(entry),
        entry.getJsonObject("result"),
        entry.getJsonArray("evidence"),
        entry.getString("notes"),
        provenance,
        key(call, itemId, entry));
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

  /** The outcomes, in the order of what was asked. */
  private static <Q, R> Reply reply(
      List<Q> asked,
      Function<Q, UUID> itemId,
      List<R> outcomes,
      BiFunction<UUID, R, JsonObject> result) {
    var results = new JsonArray();
    for (int i = 0; i < asked.size(); i++) {
      results.add(result.apply(itemId.apply(asked.get(i)), outcomes.get(i)));
    }
    return Reply.json(200, new JsonObject().put("results", results));
  }
}
