package dev.orderly.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.orderly.auth.AuthMessages.Authenticate;
import dev.orderly.auth.AuthMessages.CreateToken;
import dev.orderly.auth.AuthMessages.ListTokens;
import dev.orderly.auth.AuthMessages.RevokeToken;
import dev.orderly.auth.AuthMessages.Revoked;
import dev.orderly.auth.AuthMessages.Token;
import dev.orderly.bus.Tasks;
import dev.orderly.domain.Actor;
import dev.orderly.domain.Caller;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import dev.orderly.domain.Violation;
import dev.orderly.idempotency.IdempotencyKey;
import dev.orderly.idempotency.IdempotencyStore;
import dev.orderly.storage.Tx;
import dev.orderly.testing.Engine;
import dev.orderly.testing.TestDatabase;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class TokenServiceTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  private static final Caller ADMIN =
      new Caller("default", new Actor(Actor.Kind.USER, "admin"), "admin", "r1");
  private static final Caller STRANGER =
      new Caller("other", new Actor(Actor.Kind.USER, "admin"), "admin", "r2");
  private static final Instant FAR = Instant.parse("2999-01-01T00:00:00Z");

  private TokenService service;

  @BeforeEach
  void setUp() {
    db.execute("delete from api_tokens");
    service =
        new TokenService(
            new TokenStore(db.pool()), new Tx(db.pool()), new IdempotencyStore(24), db.bus());
  }

  @Test
  void aNewTokenStandsForItsHolder() {
    var made =
        create(
            new CreateToken(
                ADMIN,
                "bot",
                "agent",
                List.of("work.checkout", "work.submit", "work.submit"),
                List.of("bot-*"),
                FAR,
                null));
    var principal = authenticate(made.secret());
    assertThat(principal.tokenId()).hasToString(made.token().getString("id"));
    assertThat(principal.tenant()).isEqualTo("default");
    assertThat(principal.actor()).isEqualTo(new Actor(Actor.Kind.AGENT, "bot"));
    assertThat(principal.scopes()).isEqualTo(Set.of(Scope.CHECKOUT, Scope.SUBMIT));
    assertThat(principal.agents()).containsExactly("bot-*");
    assertThat(principal.expiresAt()).isEqualTo(FAR);
  }

  @Test
  void aTokenWithoutAgentsActsUnderItsOwnName() {
    var made = create("alice", "user", "work.view");
    var principal = authenticate(made.secret());
    assertThat(principal.actor()).isEqualTo(new Actor(Actor.Kind.USER, "alice"));
    assertThat(principal.agents()).containsExactly("alice");
    assertThat(principal.mayActAs("alice")).isTrue();
    assertThat(principal.expiresAt()).isNull();
  }

  @Test
  void theKindIsAgentUnlessSaidOtherwise() {
    var made = create("bot", null, "work.view");
    assertThat(made.token().getString("kind")).isEqualTo("agent");
  }

  @Test
  void onlyTheHashOfASecretIsStored() {
    var made = create("bot", "agent", "work.view");
    assertThat(made.secret()).matches("ordl_[A-Za-z0-9_-]{43}");
    var stored = db.row("select t::text as everything, token_hash from api_tokens t");
    assertThat(stored.getString("token_hash")).isEqualTo(TokenSecret.hash(made.secret()));
    assertThat(stored.getString("everything")).doesNotContain(made.secret().substring(5));
    assertThat(made.token().encode())
        .doesNotContain(made.secret())
        .doesNotContain(TokenSecret.hash(made.secret()));
  }

  @Test
  void theSameRequestAgainGetsTheTokenWithoutItsSecret() {
    db.execute("delete from idempotency_keys");
    var made = create(keyed("bot", "k1", "aa"));
    var again = create(keyed("bot", "k1", "aa"));

    assertThat(again.token()).isEqualTo(made.token());
    assertThat(again.secret()).isNull();
    assertThat(again.replayed()).isTrue();
    assertThat(made.replayed()).isFalse();
    assertThat(db.<Long>value("select count(*) from api_tokens")).isEqualTo(1);
    assertThat(db.row("select k::text as everything from idempotency_keys k").encode())
        .doesNotContain(made.secret().substring(5))
        .doesNotContain(TokenSecret.hash(made.secret()));
  }

  @Test
  void aKeyServesOneRequestAndARefusedOneLeavesItFree() {
    db.execute("delete from idempotency_keys");
    create("taken", "agent", "work.view");
    assertThat(Engine.refusal(() -> create(keyed("taken", "k2", "aa"))).code())
        .isEqualTo(ErrorCode.STATE_CONFLICT);

    var made = create(keyed("free", "k2", "bb"));

    assertThat(authenticate(made.secret())).isNotNull();
    assertThat(Engine.refusal(() -> create(keyed("other", "k2", "cc"))).code())
        .isEqualTo(ErrorCode.IDEMPOTENCY_MISMATCH);
  }

  private static CreateToken keyed(String name, String key, String body) {
    return new CreateToken(
        ADMIN,
        name,
        "agent",
        List.of("work.view"),
        List.of(),
        null,
        new IdempotencyKey("default", "user:admin", "create_token", key, body.repeat(32)));
  }

  @Test
  void everySecretDiffers() {
    assertThat(create("a", "agent", "work.view").secret())
        .isNotEqualTo(create("b", "agent", "work.view").secret());
  }

  @Test
  void anUnknownExpiredOrRevokedTokenStandsForNobody() {
    assertThat(authenticate("ordl_nobody")).isNull();
    var expiring = create("a", "agent", "work.view");
    var revoked = create("b", "agent", "work.view");
    db.execute("update api_tokens set expires_at = now() where name = 'a'");
    db.run(() -> service.revoke(new RevokeToken(ADMIN, id(revoked))));
    assertThat(authenticate(expiring.secret())).isNull();
    assertThat(authenticate(revoked.secret())).isNull();
  }

  @Test
  void aScopeThatThisVersionDoesNotKnowGrantsNothing() {
    var made = create("a", "agent", "work.view");
    db.execute("update api_tokens set scopes = '{work.view,work.everything}'");
    assertThat(authenticate(made.secret()).scopes()).containsExactly(Scope.VIEW);
  }

  @Test
  void notesTheLastUseAtMostOnceAMinute() {
    var made = create("a", "agent", "work.view");
    assertThat(db.<Object>value("select last_used_at from api_tokens")).isNull();
    authenticate(made.secret());
    var first = db.<Object>value("select last_used_at from api_tokens");
    assertThat(first).isNotNull();
    authenticate(made.secret());
    assertThat(db.<Object>value("select last_used_at from api_tokens")).isEqualTo(first);
    db.execute("update api_tokens set last_used_at = now() - interval '61 seconds'");
    authenticate(made.secret());
    assertThat(db.<Boolean>value("select last_used_at > now() - interval '50 s' from api_tokens"))
        .isTrue();
  }

  @Test
  void aLiveTokensNameIsTakenWithinItsTenant() {
    create("bot", "agent", "work.view");
    var rejected = rejected(() -> create("bot", "user", "work.view"));
    assertThat(rejected.code()).isEqualTo(ErrorCode.STATE_CONFLICT);
    assertThat(rejected.detail()).contains("bot");
    assertThat(create(STRANGER, "bot", "agent", "work.view").secret()).isNotNull();
  }

  @Test
  void theNameOfARevokedOrExpiredTokenIsFree() {
    var first = create("bot", "agent", "work.view");
    db.run(() -> service.revoke(new RevokeToken(ADMIN, id(first))));
    create("bot", "agent", "work.view");
    db.execute(
        "update api_tokens set created_at = now() - interval '2 h', expires_at = now() - interval"
            + " '1 h' where revoked_at is null");
    create("bot", "agent", "work.view");
    assertThat(db.<Long>value("select count(*) from api_tokens")).isEqualTo(3);
    assertThat(db.<Long>value("select count(*) from api_tokens where revoked_at = expires_at"))
        .isEqualTo(1);
  }

  @Test
  void saysEverythingThatIsWrongWithANewToken() {
    var rejected =
        rejected(
            () ->
                create(
                    new CreateToken(
                        ADMIN,
                        " x",
                        "robot",
                        List.of("work.view", "work.fly"),
                        List.of("ok-*", "a*b", "", "a b"),
                        null,
                        null)));
    assertThat(rejected.code()).isEqualTo(ErrorCode.INVALID);
    assertThat(rejected.errors())
        .extracting(Violation::pointer)
        .containsExactly("/name", "/kind", "/scopes/1", "/agents/1", "/agents/2", "/agents/3");
    assertThat(db.<Long>value("select count(*) from api_tokens")).isZero();
  }

  @Test
  void refusesATokenWithoutScopes() {
    assertThat(rejected(() -> create("x", "agent")).errors())
        .extracting(Violation::pointer)
        .containsExactly("/scopes");
  }

  @Test
  void refusesATokenThatHasExpiredByTheDatabasesClock() {
    var now = Instant.parse(db.<String>value("select to_json(now())#>>'{}'").replace(' ', 'T'));
    var rejected =
        rejected(
            () ->
                create(
                    new CreateToken(
                        ADMIN, "x", "agent", List.of("work.view"), List.of(), now, null)));
    assertThat(rejected.errors())
        .extracting(Violation::pointer)
        .containsExactly("/expires_in_seconds");
  }

  @Test
  void listsTheTenantsTokensWithoutHashesLiveOnesFirst() {
    create(STRANGER, "elsewhere", "agent", "work.view");
    create("old", "agent", "work.view");
    var revoked = create("revoked", "agent", "work.view");
    var last = create("new", "agent", "work.view");
    db.run(() -> service.revoke(new RevokeToken(ADMIN, id(revoked))));
    var tokens = db.run(() -> service.list(new ListTokens(ADMIN))).tokens();
    assertThat(tokens)
        .extracting(token -> token.getString("name"))
        .containsExactly("new", "old", "revoked");
    assertThat(tokens.getFirst()).isEqualTo(last.token());
    assertThat(tokens.getFirst().fieldNames())
        .containsExactlyInAnyOrder(
            "id",
            "name",
            "kind",
            "scopes",
            "agents",
            "created_by",
            "created_at",
            "expires_at",
            "revoked_at",
            "last_used_at");
    assertThat(tokens.getFirst().getString("created_by")).isEqualTo("user:admin");
    assertThat(Instant.parse(tokens.getLast().getString("revoked_at"))).isNotNull();
  }

  @Test
  void revokingAgainKeepsTheFirstTime() {
    var made = create("bot", "agent", "work.view");
    db.run(() -> service.revoke(new RevokeToken(ADMIN, id(made))));
    var first = db.<Object>value("select revoked_at from api_tokens");
    db.run(() -> service.revoke(new RevokeToken(ADMIN, id(made))));
    assertThat(db.<Object>value("select revoked_at from api_tokens")).isEqualTo(first);
  }

  @Test
  void anotherTenantsTokenDoesNotExistToTheCaller() {
    var made = create("bot", "agent", "work.view");
    assertThat(rejected(() -> service.revoke(new RevokeToken(STRANGER, id(made)))).code())
        .isEqualTo(ErrorCode.NOT_FOUND);
    assertThat(rejected(() -> service.revoke(new RevokeToken(ADMIN, UUID.randomUUID()))).code())
        .isEqualTo(ErrorCode.NOT_FOUND);
    assertThat(authenticate(made.secret())).isNotNull();
  }

  @Test
  void onlyOneOfManyAtOnceGetsTheName() {
    var contexts = new ArrayList<io.vertx.core.Future<Token>>();
    for (int i = 0; i < 8; i++) {
      contexts.add(
          Tasks.run(
              db.virtualThreads(),
              () ->
                  service.create(
                      new CreateToken(
                          ADMIN, "one", "agent", List.of("work.view"), List.of(), null, null))));
    }
    TestDatabase.await(io.vertx.core.Future.join(contexts).otherwiseEmpty());
    assertThat(contexts).filteredOn(io.vertx.core.Future::succeeded).hasSize(1);
    assertThat(contexts)
        .filteredOn(io.vertx.core.Future::failed)
        .allSatisfy(
            future ->
                assertThat(future.cause())
                    .isInstanceOfSatisfying(
                        Rejected.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.STATE_CONFLICT)));
  }

  @Test
  void answersOverTheBusAndAnnouncesWhatIsRevoked() {
    var serving = db.virtualThreads();
    TestDatabase.await(
        Tasks.run(
            serving,
            () -> {
              service.serve();
              return null;
            }));
    var heard = Promise.<UUID>promise();
    db.bus().listen(AuthMessages.REVOKED, (Revoked revoked) -> heard.tryComplete(revoked.id()));
    var made =
        TestDatabase.await(
            db.bus()
                .call(
                    AuthMessages.CREATE_TOKEN,
                    new CreateToken(
                        ADMIN, "bus", "agent", List.of("work.view"), List.of(), null, null)));
    var hash = TokenSecret.hash(made.secret());
    var call = new Authenticate(hash);
    assertThat(TestDatabase.await(db.bus().call(AuthMessages.AUTHENTICATE, call)).principal())
        .isNotNull();
    assertThat(
            TestDatabase.await(db.bus().call(AuthMessages.LIST_TOKENS, new ListTokens(ADMIN)))
                .tokens())
        .extracting(token -> token.getString("id"))
        .isEqualTo(Collections.singletonList(made.token().getString("id")));
    TestDatabase.await(db.bus().call(AuthMessages.REVOKE_TOKEN, new RevokeToken(ADMIN, id(made))));
    assertThat(TestDatabase.await(heard.future())).isEqualTo(id(made));
    assertThat(TestDatabase.await(db.bus().call(AuthMessages.AUTHENTICATE, call)).principal())
        .isNull();
  }

  private Token create(String name, String kind, String... scopes) {
    return create(ADMIN, name, kind, scopes);
  }

  private Token create(Caller caller, String name, String kind, String... scopes) {
    return create(new CreateToken(caller, name, kind, List.of(scopes), List.of(), null, null));
  }

  private Token create(CreateToken request) {
    return db.run(() -> service.create(request));
  }

  private Principal authenticate(String secret) {
    return db.run(() -> service.authenticate(new Authenticate(TokenSecret.hash(secret))))
        .principal();
  }

  private static UUID id(Token token) {
    JsonObject shown = token.token();
    return UUID.fromString(shown.getString("id"));
  }

  private static Rejected rejected(Callable<?> work) {
    return catchThrowableOfType(Rejected.class, () -> db.run(work));
  }
}
