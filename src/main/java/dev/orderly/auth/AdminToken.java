package dev.orderly.auth;

import dev.orderly.auth.AuthMessages.CreateToken;
import dev.orderly.domain.Actor;
import dev.orderly.domain.Actor.Kind;
import dev.orderly.domain.Caller;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import dev.orderly.storage.PrivateFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The token with which everything begins. The file is written before the token is stored, and a
 * file whose token nobody knows is taken up at the next start: so whenever the process dies, there
 * is never a stored token whose secret nobody has.
 */
public final class AdminToken {
  /** The tenant that is there from the start. */
  public static final String TENANT = "default";

  private static final Logger LOG = LoggerFactory.getLogger(AdminToken.class);
  private static final String NAME = "admin";
  private static final int FILE_BYTES_MAX = 4096;

  private static final String MAKE_ANOTHER =
      "With another admin token's file, make one: orderly token create --name <name> --scope"
          + " work.admin --token-file <file>. If none is left, run in the database: update"
          + " orderly.api_tokens set revoked_at = now() where revoked_at is null and 'work.admin' ="
          + " any (scopes); then start again";

  private final TokenService tokens;
  private final TokenStore store;

  public AdminToken(TokenService tokens, TokenStore store) {
    this.tokens = tokens;
    this.store = store;
  }

  /** What was found at start. */
  public enum Outcome {
    /** There was no live admin token; the file holds a new one. */
    MADE,
    /** The file holds a live admin token. */
    KEPT,
    /** There is a live admin token, but no file with it. */
    FILE_MISSING,
    /** There is a live admin token, but the file's is not a live one. */
    FILE_STALE
  }

  /**
   * Makes the first admin token if there is no live one, and says so in the log if the file does
   * not hold one.
   *
   * @param file its directory is created if missing
   * @throws UncheckedIOException if the file can be neither read nor written
   */
  public Outcome ensure(Path file) {
    var inFile = read(file);
    if (!store.hasLive(TENANT, Scope.ADMIN)) {
      return make(file, inFile);
    }
    return judge(file, inFile);
  }

  private Outcome judge(Path file, Optional<String> inFile) {
    if (inFile.isEmpty()) {
      LOG.warn("There is an admin token, but no file {} with it. {}", file, MAKE_ANOTHER);
      return Outcome.FILE_MISSING;
    }
    var principal = store.authenticate(TokenSecret.hash(inFile.get()));
    if (principal == null || !principal.may(Scope.ADMIN)) {
      LOG.warn("The token in {} is not a live admin token. {}", file, MAKE_ANOTHER);
      return Outcome.FILE_STALE;
    }
    return Outcome.KEPT;
  }

  private Outcome make(Path file, Optional<String> inFile) {
    var unused =
        inFile.filter(TokenSecret::hasForm).filter(text -> !store.knows(TokenSecret.hash(text)));
    var secret = unused.map(TokenSecret::new).orElseGet(TokenSecret::random);
    // Also if it is there already: its mode may have been widened.
    write(file, secret.text());
    var creator = new Caller(TENANT, Actor.system("start"), null, null);
    try {
      tokens.create(
          new CreateToken(
              creator,
              NAME,
              Kind.USER.wire(),
              List.of(Scope.ADMIN.wire()),
              List.of("*"),
              null,
              null),
          secret);
    } catch (Rejected e) {
      if (e.code() == ErrorCode.STATE_CONFLICT && store.hasLive(TENANT, Scope.ADMIN)) {
        // Another node that starts on the same database was first; its file has the token.
        return judge(file, read(file));
      }
      throw e;
    }
    LOG.info("Made the first admin token; it is in {}", file);
    return Outcome.MADE;
  }

  private static Optional<String> read(Path file) {
    try {
      if (!Files.exists(file)) {
        return Optional.empty();
      }
      if (Files.size(file) > FILE_BYTES_MAX) {
        return Optional.of("");
      }
      // Every byte is a character here, so that a file of anything else is stale, not an error.
      return Optional.of(Files.readString(file, StandardCharsets.ISO_8859_1).strip());
    } catch (IOException e) {
      throw new UncheckedIOException("The admin token's file %s cannot be read".formatted(file), e);
    }
  }

  private static void write(Path file, String secret) {
    var whole = file.toAbsolutePath();
    try {
      Files.createDirectories(whole.getParent());
      PrivateFiles.write(whole, secret + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(
          "The admin token's file %s cannot be written".formatted(file), e);
    }
  }
}
