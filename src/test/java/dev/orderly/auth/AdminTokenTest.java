package dev.orderly.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.auth.AdminToken.Outcome;
import dev.orderly.auth.AuthMessages.CreateToken;
import dev.orderly.bus.Tasks;
import dev.orderly.domain.Actor;
import dev.orderly.domain.Caller;
import dev.orderly.idempotency.IdempotencyStore;
import dev.orderly.storage.Tx;
import dev.orderly.testing.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class AdminTokenTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  @TempDir private Path dir;
  private TokenStore store;
  private TokenService service;
  private AdminToken admin;
  private Path file;

  @BeforeEach
  void setUp() {
    db.execute("delete from api_tokens");
    store = new TokenStore(db.pool());
    service = new TokenService(store, new Tx(db.pool()), new IdempotencyStore(24), db.bus());
    admin = new AdminToken(service, store);
    file = dir.resolve("data").resolve("admin.token");
  }

  @Test
  void theFirstStartMakesATokenForItsOwnerOnly() throws IOException {
    assertThat(ensure()).isEqualTo(Outcome.MADE);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(file.resolveSibling("admin.token.new")).doesNotExist();
    var principal = principal();
    assertThat(principal.actor()).isEqualTo(new Actor(Actor.Kind.USER, "admin"));
    assertThat(principal.scopes()).containsExactly(Scope.ADMIN);
    assertThat(principal.agents()).containsExactly("*");
    assertThat(principal.tenant()).isEqualTo("default");
    assertThat(db.<String>value("select created_by from api_tokens")).isEqualTo("system:start");
  }

  @Test
  void laterStartsKeepIt() throws IOException {
    ensure();
    var secret = Files.readString(file);
    assertThat(ensure()).isEqualTo(Outcome.KEPT);
    assertThat(Files.readString(file)).isEqualTo(secret);
    assertThat(db.<Long>value("select count(*) from api_tokens")).isEqualTo(1);
  }

  @Test
  void aMissingFileIsToldButNoTokenMade() throws IOException {
    ensure();
    Files.delete(file);
    assertThat(ensure()).isEqualTo(Outcome.FILE_MISSING);
    assertThat(file).doesNotExist();
    assertThat(db.<Long>value("select count(*) from api_tokens")).isEqualTo(1);
  }

  @Test
  void aFileWithAnotherTokenIsTold() throws IOException {
    ensure();
    Files.writeString(file, "ordl_somethingelse\n");
    assertThat(ensure()).isEqualTo(Outcome.FILE_STALE);
    Files.write(file, new byte[] {(byte) 0xff, 0, (byte) 0xc3});
    assertThat(ensure()).isEqualTo(Outcome.FILE_STALE);
    Files.write(file, new byte[100_000]);
    assertThat(ensure()).isEqualTo(Outcome.FILE_STALE);
  }

  @Test
  void aLiveTokenThatIsNoAdminsIsStaleInTheFile() throws IOException {
    ensure();
    var caller = new Caller("default", new Actor(Actor.Kind.USER, "admin"), "admin", "r");
    var viewer =
        db.run(
            () ->
                service.create(
                    new CreateToken(
                        caller, "viewer", "user", List.of("work.view"), List.of(), null, null)));
    Files.writeString(file, viewer.secret());
    assertThat(ensure()).isEqualTo(Outcome.FILE_STALE);
  }

  @Test
  void onceTheAdminTokenIsRevokedTheNextStartMakesAnother() throws IOException {
    ensure();
    var old = Files.readString(file);
    db.execute("update api_tokens set revoked_at = now()");
    assertThat(ensure()).isEqualTo(Outcome.MADE);
    assertThat(Files.readString(file)).isNotEqualTo(old);
    assertThat(principal()).isNotNull();
  }

  @Test
  void anotherLiveAdminTokenIsEnough() {
    ensure();
    db.execute("update api_tokens set name = 'ops'");
    assertThat(ensure()).isEqualTo(Outcome.KEPT);
  }

  @Test
  void aFileWrittenByAStartThatDiedBeforeItStoredTheTokenIsTakenUp() throws IOException {
    ensure();
    var secret = Files.readString(file);
    db.execute("delete from api_tokens");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    assertThat(ensure()).isEqualTo(Outcome.MADE);
    assertThat(Files.readString(file)).isEqualTo(secret);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(principal()).isNotNull();
  }

  @Test
  void ofTwoNodesThatStartAtOnceOneMakesTheToken() {
    var nodes =
        List.of("a", "b", "c", "d").stream()
            .map(name -> Tasks.run(db.virtualThreads(), () -> admin.ensure(dir.resolve(name))))
            .toList();
    var outcomes = nodes.stream().map(TestDatabase::await).toList();
    assertThat(outcomes).containsOnlyOnce(Outcome.MADE);
    assertThat(db.<Long>value("select count(*) from api_tokens")).isEqualTo(1);
  }

  private Outcome ensure() {
    return db.run(() -> admin.ensure(file));
  }

  private Principal principal() throws IOException {
    var hash = TokenSecret.hash(Files.readString(file).strip());
    return db.run(() -> store.authenticate(hash));
  }
}
