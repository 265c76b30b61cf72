package dev.orderly.api.ws;

import dev.orderly.api.IdempotencyKeys;
import dev.orderly.api.PartJson;
import dev.orderly.api.ws.LeaseOperations.Shown;
import dev.orderly.bus.Bus;
import dev.orderly.domain.Caller;
import dev.orderly.domain.Rejected;
import dev.orderly.domain.Violation;
import dev.orderly.idempotency.Answer;
import dev.orderly.idempotency.IdempotencyKey;
import dev.orderly.leasing.LeaseMessages.Fail;
import dev.orderly.leasing.desk.Desks;
import dev.orderly.state.StateMessages;
import dev.orderly.state.StateMessages.Submit;
import dev.orderly.state.parts.PartMessages;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Set;

/** Turns a frame into a command, sends it, and encodes what came of it. */
final class Operations {
  private final Desks desks;
  private final Bus bus;
  private final LeaseBook leases;
  private final LeaseOperations leasing;
  private final WorkNews news;
  private final Set<String> enforceOn;

  /**
   * @param enforceOn the operations that must carry an idempotency key
   */
  Operations(
      Desks desks,
      Bus bus,
      LeaseBook leases,
      LeaseOperations leasing,
      WorkNews news,
      Set<String> enforceOn) {
    this.desks = desks;
    this.bus = bus;
    this.leases = leases;
    this.leasing = leasing;
    this.news = news;
    this.enforceOn = enforceOn;
  }

  /**
   * @return failed with a {@link Rejected} if it is refused
   * @throws Rejected if it is refused at once
   */
  Future<Done> run(AgentSocket socket, Caller caller, Frames.Incoming frame) {
    var body = frame.body();
    return switch (frame.op()) {
      case CHECKOUT -> leasing.checkout(socket, caller, frame.id(), body);
      case HEARTBEAT -> leasing.heartbeat(socket, caller, body);
      case RELEASE -> leasing.release(socket, caller, body);
      case ATTACH -> leasing.attach(socket, caller, body);
      case FAIL -> fail(socket, caller, body);
      case SUBMIT -> submit(socket, caller, body);
      case PART -> part(socket, caller, body);
      case FINALIZE -> finish(socket, caller, body);
      case SUBSCRIBE -> subscribe(socket, types(body));
      case UNSUBSCRIBE -> unsubscribe(socket, body);
    };
  }

  private Future<Done> submit(AgentSocket socket, Caller caller, JsonObject body) {
    var shown = leasing.shown(socket, body);
    var command =
        new Submit(
            caller,
            shown.itemId(),
            shown.proof(),
            body.getJsonObject("result"),
            body.getJsonArray("evidence"),
            body.getString("notes"),
            socket.provenance(),
            key(Op.SUBMIT, caller, shown, body));
    return ending(shown, bus.call(StateMessages.SUBMIT, command).map(Operations::encode));
  }

  /** The lease goes on. */
  private Future<Done> part(AgentSocket socket, Caller caller, JsonObject body) {
    var shown = leasing.shown(socket, body);
    var command =
        PartJson.part(
            caller, shown.itemId(), shown.proof(), body, key(Op.PART, caller, shown, body));
    return lost(shown, bus.call(PartMessages.SUBMIT_PART, command))
        .map(
            answer ->
                PartJson.isRejected(answer)
                    ? Done.refused(replayed(answer, PartJson.problem(answer)))
                    : Done.of(encode(answer)));
  }

  private Future<Done> finish(AgentSocket socket, Caller caller, JsonObject body) {
    var shown = leasing.shown(socket, body);
    var command =
        PartJson.finish(
            caller,
            shown.itemId(),
            shown.proof(),
            body,
            socket.provenance(),
            key(Op.FINALIZE, caller, shown, body));
    return ending(shown, bus.call(PartMessages.FINALIZE, command).map(Operations::encode));
  }

  private Future<Done> fail(AgentSocket socket, Caller caller, JsonObject body) {
    var shown = leasing.shown(socket, body);
    var command =
        new Fail(
            caller,
            shown.itemId(),
            shown.proof(),
            body.getBoolean("retryable"),
            body.getString("code"),
            body.getString("reason"),
            key(Op.FAIL, caller, shown, body));
    return ending(
        shown,
        desks
            .fail(command)
            .map(ended -> encode(new Answer(200, ended.toJson(), ended.replayed()))));
  }

  /** A refusal may tell that the lease had ended before. */
  private <T> Future<T> lost(Shown shown, Future<T> answer) {
    return answer.onFailure(
        failure -> {
          if (failure instanceof Rejected rejected) {
            var losses = new Losses(leases);
            losses.note(shown, rejected.code());
            losses.tell();
          }
        });
  }

  /** A lease that ended so is no longer watched; one that had ended before is lost. */
  private Future<Done> ending(Shown shown, Future<JsonObject> answer) {
    return lost(shown, answer)
        .map(
            result -> {
              if (shown.watched() != null) {
                leases.forget(shown.watched());
              }
              return Done.of(result);
            });
  }

  private static JsonObject encode(Answer answer) {
    return replayed(answer, answer.body());
  }

  private static JsonObject replayed(Answer answer, JsonObject body) {
    return answer.replayed() ? body.copy().put("replayed", true) : body;
  }

  /** Bound to what the frame asks for: its id differs when it is sent again. */
  private IdempotencyKey key(Op op, Caller caller, Shown shown, JsonObject body) {
    var key = body.getString("idempotency_key");
    if (key == null) {
      if (enforceOn.contains(op.wire())) {
        throw IdempotencyKeys.required(
            "Send idempotency_key, and the same value when you send the operation again");
      }
      return null;
    }
    var asked = body.copy();
    List.of("id", "op", "idempotency_key").forEach(asked::remove);
    return IdempotencyKeys.bind(
        caller, op.wire() + ":" + shown.itemId(), key, asked.toBuffer().getBytes());
  }

  private Future<Done> subscribe(AgentSocket socket, List<String> types) {
    if (!news.subscribe(socket, types)) {
      var message = "A connection follows %d types at most".formatted(WorkNews.MAX_TYPES);
      throw Rejected.invalid(message, List.of(new Violation("/types", "types.too_many", message)))
          .next("Unsubscribe from some types");
    }
    return subscribed(socket);
  }

  private Future<Done> unsubscribe(AgentSocket socket, JsonObject body) {
    if (body.containsKey("types")) {
      news.unsubscribe(socket, types(body));
    } else {
      news.unsubscribe(socket);
    }
    return subscribed(socket);
  }

  private Future<Done> subscribed(AgentSocket socket) {
    return Future.succeededFuture(
        Done.of(new JsonObject().put("types", new JsonArray(news.of(socket)))));
  }

  private static List<String> types(JsonObject body) {
    return body.getJsonArray("types").stream().map(String.class::cast).toList();
  }
}
