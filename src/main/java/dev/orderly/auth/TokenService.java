package dev.orderly.auth;

import dev.orderly.auth.AuthMessages.Authenticate;
import dev.orderly.auth.AuthMessages.Authenticated;
import dev.orderly.auth.AuthMessages.CreateToken;
import dev.orderly.auth.AuthMessages.ListTokens;
import dev.orderly.auth.AuthMessages.RevokeToken;
import dev.orderly.auth.AuthMessages.Revoked;
import dev.orderly.auth.AuthMessages.Token;
import dev.orderly.auth.AuthMessages.Tokens;
import dev.orderly.auth.TokenStore.NewToken;
import dev.orderly.bus.Bus;
import dev.orderly.domain.Actor;
import dev.orderly.domain.Caller;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import dev.orderly.domain.Violation;
import dev.orderly.idempotency.Answer;
import dev.orderly.idempotency.IdempotencyKey;
import dev.orderly.idempotency.IdempotencyStore;
import dev.orderly.storage.Ids;
import dev.orderly.storage.SqlState;
import dev.orderly.storage.Tx;
import io.vertx.sqlclient.SqlConnection;
import java.util.List;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tokens: who one stands for, making, listing and ending them. Whether the caller may do so is the
 * caller's adapter's to ask. Every method waits for the database, on a virtual thread.
 */
public final class TokenService {
  private static final Logger LOG = LoggerFactory.getLogger(TokenService.class);

  /** The index that keeps names unique among the live tokens of a tenant. */
  private static final String LIVE_NAME = "api_tokens_live_name";

  private final TokenStore store;
  private final Tx tx;
  private final IdempotencyStore idempotency;
  private final Bus bus;

  /**
   * @param bus on which ended tokens are announced
   */
  public TokenService(TokenStore store, Tx tx, IdempotencyStore idempotency, Bus bus) {
    this.store = store;
    this.tx = tx;
    this.idempotency = idempotency;
    this.bus = bus;
  }

  /** Answers the tokens' addresses on the calling verticle's virtual threads. */
  public void serve() {
    bus.serveBlocking(AuthMessages.AUTHENTICATE, this::authenticate);
    bus.serveBlocking(AuthMessages.CREATE_TOKEN, this::create);
    bus.serveBlocking(AuthMessages.LIST_TOKENS, this::list);
    bus.serveBlocking(AuthMessages.REVOKE_TOKEN, this::revoke);
  }

  /** Whom a token stands for; one that is unknown, expired or revoked stands for nobody. */
  public Authenticated authenticate(Authenticate request) {
    return new Authenticated(store.authenticate(request.tokenHash()));
  }

  /**
   * Makes a token. Its secret is in the answer and nowhere else, so that the answer to the same
   * request again, by its key, is without.
   *
   * @throws Rejected {@code invalid} with a pointer to each thing that is wrong, or {@code
   *     state_conflict} if a live token of the tenant has the name
   */
  public Token create(CreateToken request) {
    return create(request, TokenSecret.random());
  }

  /** As {@link #create(CreateToken)}, with a secret that exists already. */
  Token create(CreateToken request, TokenSecret secret) {
    var token = TokenRules.checked(request);
    var stored =
        new NewToken(
            Ids.next(),
            token.caller().tenant(),
            token.name(),
            TokenRules.kind(token),
            secret.hash(),
            token.scopes(),
            token.agents(),
            maker(token.caller().actor()),
            token.expiresAt());
    try {
      var made = tx.run(connection -> make(connection, token.idempotency(), stored, secret));
      if (!made.replayed()) {
        log(token.caller(), stored.id(), "Made a token");
      }
      return made;
    } catch (Exception e) {
      // await() throws what failed as it is, checked or not.
      if (SqlState.violates(e, LIVE_NAME)) {
        throw new Rejected(
            ErrorCode.STATE_CONFLICT,
            "Expected no live token named %s, but there is one".formatted(token.name()));
      }
      throw SqlState.explain(e);
    }
  }

  private Token make(
      SqlConnection connection, IdempotencyKey key, NewToken stored, TokenSecret secret) {
    var earlier = idempotency.claim(connection, key);
    if (earlier != null) {
      return new Token(earlier.body(), null, true);
    }
    var shown = new TokenStore(connection).insert(stored).orElseThrow(TokenService::expired);
    idempotency.store(connection, key, Answer.of(201, shown));
    return new Token(shown, secret.text(), false);
  }

  /** The tenant's tokens, never with hashes or secrets. */
  public Tokens list(ListTokens request) {
    return new Tokens(store.list(request.caller().tenant()));
  }

  /**
   * Ends a token and tells every node. Ending it again changes nothing.
   *
   * @throws Rejected {@code not_found} if the tenant has no such token
   */
  public Revoked revoke(RevokeToken request) {
    if (!store.revoke(request.caller().tenant(), request.id())) {
      throw Rejected.notFound("token", request.id());
    }
    var revoked = new Revoked(request.id());
    bus.publish(AuthMessages.REVOKED, revoked);
    log(request.caller(), request.id(), "Revoked a token");
    return revoked;
  }

  private static void log(Caller caller, UUID token, String what) {
    var line = LOG.atInfo().addKeyValue("token", token).addKeyValue("by", maker(caller.actor()));
    (caller.requestId() == null ? line : line.addKeyValue("request", caller.requestId())).log(what);
  }

  private static String maker(Actor actor) {
    return actor.kind().wire() + ":" + actor.id();
  }

  private static Rejected expired() {
    return Rejected.invalid(
        "The token cannot be made as asked",
        List.of(
            new Violation(
                "/expires_in_seconds", "token.expired", "The token would have expired already")));
  }
}
