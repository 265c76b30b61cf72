package dev.orderly.api.ws;

import com.fasterxml.jackson.databind.util.RawValue;
import dev.orderly.api.CheckoutAnswers;
import dev.orderly.api.LeaseJson;
import dev.orderly.api.Undelivered;
import dev.orderly.bus.Bus;
import dev.orderly.domain.Caller;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import dev.orderly.leasing.LeaseMessages;
import dev.orderly.leasing.LeaseMessages.Checkout;
import dev.orderly.leasing.LeaseMessages.Heartbeat;
import dev.orderly.leasing.LeaseMessages.LeaseStatus;
import dev.orderly.leasing.LeaseMessages.Release;
import dev.orderly.leasing.LeaseMessages.ShowLeases;
import dev.orderly.leasing.LeaseMessages.Wait;
import dev.orderly.leasing.LeaseProof;
import dev.orderly.leasing.desk.Desks;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Checking out, extending, giving back and attaching. */
final class LeaseOperations {
  private final Desks desks;
  private final Bus bus;
  private final LeaseBook leases;
  private final int maxLeases;

  LeaseOperations(Desks desks, Bus bus, LeaseBook leases, int maxLeases) {
    this.desks = desks;
    this.bus = bus;
    this.leases = leases;
    this.maxLeases = maxLeases;
  }

  /**
   * What one entry of a frame is about.
   *
   * @param watched the connection's watch over that very lease, or null
   * @param proof what the agent showed, else the lease that is watched
   */
  record Shown(UUID itemId, Watched watched, LeaseProof proof, JsonObject entry) {}

  Shown shown(AgentSocket socket, JsonObject entry) {
    var itemId = LeaseJson.itemId(entry);
    var proof = LeaseJson.proof(entry);
    var watched = leases.of(socket, itemId);
    if (watched == null || !watched.isShownBy(proof)) {
      return new Shown(itemId, null, proof, entry);
    }
    // With its token any node finds the desk without asking.
    return new Shown(itemId, watched, new LeaseProof(watched.token, proof.fence()), entry);
  }

  private List<Shown> all(AgentSocket socket, JsonObject body) {
    return LeaseJson.entries(body).stream().map(entry -> shown(socket, entry)).toList();
  }

  /**
   * @param frameId under which the wait can be ended
   */
  Future<Done> checkout(AgentSocket socket, Caller caller, String frameId, JsonObject body) {
    int max = body.getInteger("max", 1);
    requireRoom(socket, max);
    int seconds = body.getInteger("wait", 0);
    var wait = seconds == 0 ? null : new Wait(UUID.randomUUID(), seconds * 1000L);
    if (wait != null) {
      socket.waits(frameId, wait.id());
    }
    var order = body.getString("order");
    var types =
        body.getJsonArray("types", new JsonArray()).stream().map(String.class::cast).toList();
    var checkout =
        new Checkout(
            caller,
            types,
            order == null ? null : UUID.fromString(order),
            body.getInteger("min_priority"),
            max,
            wait);
    return desks
        .checkout(checkout)
        .map(
            out ->
                new Done(
                    new JsonObject()
                        .put("items", new RawValue(CheckoutAnswers.array(out.items()).toString())),
                    () -> out.items().forEach(item -> leases.watch(socket, item)),
                    () -> Undelivered.giveBack(desks, caller, out.items())));
  }

  private void requireRoom(AgentSocket socket, int more) {
    if (leases.size(socket) + more > maxLeases) {
      throw new Rejected(
              ErrorCode.OVERLOADED, "A connection watches %d leases at most".formatted(maxLeases))
          .next("Finish some of the items, or open another connection");
    }
  }

  Future<Done> heartbeat(AgentSocket socket, Caller caller, JsonObject body) {
    var all = all(socket, body);
    return desks
        .heartbeat(all.stream().map(s -> new Heartbeat(caller, s.itemId(), s.proof())).toList())
        .map(
            extensions -> {
              var results = new JsonArray();
              var losses = new Losses(leases);
              for (int i = 0; i < all.size(); i++) {
                var shown = all.get(i);
                var extension = extensions.get(i);
                results.add(LeaseJson.result(shown.itemId(), extension));
                if (extension.refusal() != null) {
                  losses.note(shown, extension.refusal().code());
                } else if (shown.watched() != null) {
                  leases.extended(shown.watched(), extension.extended().expiresAt());
                }
              }
              return Done.then(results(results), losses::tell);
            });
  }

  Future<Done> release(AgentSocket socket, Caller caller, JsonObject body) {
    var all = all(socket, body);
    return desks
        .release(
            all.stream()
                .map(s -> new Release(caller, s.itemId(), s.proof(), s.entry().getString("reason")))
                .toList())
        .map(
            endings -> {
              var results = new JsonArray();
              var losses = new Losses(leases);
              for (int i = 0; i < all.size(); i++) {
                var shown = all.get(i);
                var ending = endings.get(i);
                results.add(LeaseJson.result(shown.itemId(), ending));
                if (ending.refusal() != null) {
                  losses.note(shown, ending.refusal().code());
                } else if (shown.watched() != null) {
                  leases.forget(shown.watched());
                }
              }
              return Done.then(results(results), losses::tell);
            });
  }

  /** A lease that the database has as current. */
  record Held(String token, LeaseStatus status) {}

  /** Takes over the watch of leases that the agent holds, from whoever had it. */
  Future<Done> attach(AgentSocket socket, Caller caller, JsonObject body) {
    var entries = LeaseJson.entries(body);
    requireRoom(socket, entries.size());
    var tokens = entries.stream().map(entry -> entry.getString("lease_token")).toList();
    return bus.call(LeaseMessages.SHOW_LEASES, new ShowLeases(caller.tenant(), tokens))
        .map(
            found -> {
              var results = new JsonArray();
              var held = new ArrayList<Held>();
              for (int i = 0; i < tokens.size(); i++) {
                var itemId = LeaseJson.itemId(entries.get(i));
                var status = found.leases().get(i);
                var token = tokens.get(i);
                var refused = refusal(itemId, status, caller);
                results.add(
                    refused == null
                        ? LeaseJson.attached(status)
                        : LeaseJson.result(itemId, refused));
                if (refused == null) {
                  held.add(new Held(token, status));
                }
              }
              return Done.then(results(results), () -> leases.attach(socket, held));
            });
  }

  /** Null if the caller holds the lease. */
  private static Rejected refusal(UUID itemId, LeaseStatus status, Caller caller) {
    if (status == null) {
      return new Rejected(ErrorCode.NOT_FOUND, "There is no lease with this token");
    }
    if (!status.itemId().equals(itemId)) {
      return refused(ErrorCode.LEASE_CONFLICT, itemId, "the lease token is not for it");
    }
    if (!status.current()) {
      return refused(code(status.reason()), itemId, "its lease is over: " + status.reason());
    }
    return status.agentId().equals(caller.agentId())
        ? null
        : refused(ErrorCode.LEASE_CONFLICT, itemId, "another agent holds it");
  }

  private static ErrorCode code(String reason) {
    return switch (reason) {
      case LeaseStatus.EXPIRED -> ErrorCode.LEASE_EXPIRED;
      case LeaseStatus.SUPERSEDED -> ErrorCode.STALE_FENCE;
      default -> ErrorCode.STATE_CONFLICT;
    };
  }

  private static Rejected refused(ErrorCode code, UUID itemId, String found) {
    return new Rejected(code, "Expected to attach item %s, but %s".formatted(itemId, found))
        .next("Check out again to get a lease");
  }

  private static JsonObject results(JsonArray results) {
    return new JsonObject().put("results", results);
  }
}
