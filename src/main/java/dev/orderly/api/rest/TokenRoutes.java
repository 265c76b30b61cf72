package dev.orderly.api.rest;

import dev.orderly.api.rest.handling.Answers;
import dev.orderly.api.rest.handling.Call;
import dev.orderly.api.rest.handling.Endpoint;
import dev.orderly.api.rest.handling.Reply;
import dev.orderly.auth.AuthMessages;
import dev.orderly.auth.AuthMessages.CreateToken;
import dev.orderly.auth.AuthMessages.ListTokens;
import dev.orderly.auth.AuthMessages.RevokeToken;
import dev.orderly.auth.AuthMessages.Token;
import dev.orderly.bus.Bus;
import dev.orderly.idempotency.Answer;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;

/** Tokens: making, listing, revoking. */
final class TokenRoutes {
  private static final String SECRET_WAS_TOLD =
      "The secret was told once, in the answer to the first request with this idempotency key, and"
          + " is not kept. If it was lost, revoke this token and make another with a new key";

  private final Bus bus;
  private final InstantSource clock;

  TokenRoutes(Bus bus, InstantSource clock) {
    this.bus = bus;
    this.clock = clock;
  }

  Map<String, Endpoint> endpoints() {
    return Map.of(
        "createToken", this::create, "listTokens", this::list, "revokeToken", this::revoke);
  }

  private Future<Reply> create(Call call) {
    var body = call.body();
    var seconds = body.getLong("expires_in_seconds");
    var command =
        new CreateToken(
            call.caller(),
            body.getString("name"),
            body.getString("kind", "agent"),
            strings(body.getJsonArray("scopes")),
            strings(body.getJsonArray("agents", new JsonArray())),
            seconds == null ? null : clock.instant().plusSeconds(seconds),
            call.idempotency());
    return bus.call(AuthMessages.CREATE_TOKEN, command)
        .map(made -> Answers.encode(new Answer(201, encode(made), made.replayed())));
  }

  private static JsonObject encode(Token made) {
    var body = new JsonObject().put("token", made.token()).put("secret", made.secret());
    return made.secret() == null ? body.put("note", SECRET_WAS_TOLD) : body;
  }

  private Future<Reply> list(Call call) {
    return bus.call(AuthMessages.LIST_TOKENS, new ListTokens(call.caller()))
        .map(found -> Reply.json(200, new JsonObject().put("data", new JsonArray(found.tokens()))));
  }

  private Future<Reply> revoke(Call call) {
    return bus.call(AuthMessages.REVOKE_TOKEN, new RevokeToken(call.caller(), call.id("token")))
        .map(revoked -> Reply.empty(204));
  }

  private static List<String> strings(JsonArray array) {
    return array.stream().map(String.class::cast).toList();
  }
}
