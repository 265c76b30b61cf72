package dev.orderly.auth;

import dev.orderly.bus.Address;
import dev.orderly.bus.Topic;
import dev.orderly.domain.Caller;
import dev.orderly.idempotency.IdempotencyKey;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** Asking who a token stands for, and managing tokens. */
public final class AuthMessages {
  private AuthMessages() {}

  public static final Address<Authenticate, Authenticated> AUTHENTICATE =
      new Address<>("auth.authenticate", Authenticate.class, Authenticated.class);
  public static final Address<CreateToken, Token> CREATE_TOKEN =
      new Address<>("auth.create-token", CreateToken.class, Token.class);
  public static final Address<ListTokens, Tokens> LIST_TOKENS =
      new Address<>("auth.list-tokens", ListTokens.class, Tokens.class);
  public static final Address<RevokeToken, Revoked> REVOKE_TOKEN =
      new Address<>("auth.revoke-token", RevokeToken.class, Revoked.class);

  /** A token is not valid any more: forget what was remembered of it. */
  public static final Topic<Revoked> REVOKED = new Topic<>("auth.revoked", Revoked.class);

  /**
   * @param tokenHash SHA-256 of the token, in hexadecimal
   */
  public record Authenticate(String tokenHash) {}

  /**
   * @param principal null if no valid token has that hash
   */
  public record Authenticated(Principal principal) {}

  /**
   * @param kind {@code user} or {@code agent}
   * @param agents the agent ids that it may act as; empty means its own name only
   * @param expiresAt null for never
   * @param idempotency null if the request has no key
   */
  public record CreateToken(
      Caller caller,
      String name,
      String kind,
      List<String> scopes,
      List<String> agents,
      Instant expiresAt,
      IdempotencyKey idempotency) {}

  /**
   * @param secret the token itself, told this once; null in a replay
   * @param replayed true if this is the answer to an earlier request with the same key
   */
  public record Token(JsonObject token, String secret, boolean replayed) {}

  public record ListTokens(Caller caller) {}

  public record Tokens(List<JsonObject> tokens) {}

  public record RevokeToken(Caller caller, UUID id) {}

  public record Revoked(UUID id) {}
}
