package dev.orderly.api;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.orderly.auth.AuthMessages;
import dev.orderly.auth.AuthMessages.Authenticate;
import dev.orderly.auth.AuthMessages.Revoked;
import dev.orderly.auth.Principal;
import dev.orderly.bus.Bus;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import dev.orderly.domain.Sha256;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds out who a bearer token (RFC 6750) stands for, and remembers it for a few seconds. Belongs
 * to one event loop.
 */
public final class Authenticator {
  private static final int MAX_KNOWN = 10_000;
  private static final int MAX_UNKNOWN = 1_000;
  private static final String SCHEME = "Bearer ";
  private static final int MAX_TOKEN_CHARS = 512;

  private final Bus bus;
  private final InstantSource clock;
  private final Duration remember;
  private final Map<String, Remembered> known = bounded(MAX_KNOWN);
  private final Map<String, Remembered> unknown = bounded(MAX_UNKNOWN);
  private final Map<String, Future<Principal>> asking = new HashMap<>();
  private long revocations;

  /**
   * @param principal null if the token is not valid
   */
  private record Remembered(Principal principal, Instant since) {}

  public Authenticator(Bus bus, InstantSource clock, Duration remember) {
    this.bus = bus;
    this.clock = clock;
    this.remember = remember;
  }

  /**
   * @param authorization the header's value, or null
   * @return the principal at once if it is remembered; fails with {@code unauthenticated}
   */
  public Future<Principal> authenticate(String authorization) {
    if (authorization == null) {
      return Future.failedFuture(refused("A bearer token is required"));
    }
    var token = bearer(authorization);
    if (token == null) {
      return Future.failedFuture(refused("The Authorization header holds no bearer token"));
    }
    var hash = Sha256.hex(token.getBytes(US_ASCII));
    var remembered = remembered(hash);
    if (remembered != null) {
      return valid(remembered.principal());
    }
    var pending = asking.get(hash);
    if (pending == null) {
      pending = ask(hash);
      if (!pending.isComplete()) {
        asking.put(hash, pending);
      }
    }
    return pending.compose(this::valid);
  }

  /**
   * Without a regular expression, as every request comes through here.
   *
   * @return the token of the header, or null if it holds none
   */
  private static String bearer(String authorization) {
    if (!authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
      return null;
    }
    var token = authorization.substring(SCHEME.length()).strip();
    return isToken(token) ? token : null;
  }

  private static boolean isToken(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (!isTokenChar(text.charAt(i))) {
        return false;
      }
    }
    return !text.isEmpty() && text.length() <= MAX_TOKEN_CHARS;
  }

  private static boolean isTokenChar(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || "._~+/=-".indexOf(c) >= 0;
  }

  /** Forgets a token whose revocation was announced. */
  public void forget(Revoked revoked) {
    revocations++;
    asking.clear();
    known.values().removeIf(entry -> entry.principal().tokenId().equals(revoked.id()));
  }

  private Future<Principal> ask(String hash) {
    long before = revocations;
    var answer =
        bus.call(AuthMessages.AUTHENTICATE, new Authenticate(hash))
            .map(
                found -> {
                  // An answer from before a revocation may be about the revoked token.
                  if (before == revocations) {
                    remember(hash, found.principal());
                  }
                  return found.principal();
                });
    answer.onComplete(done -> asking.remove(hash, answer));
    return answer;
  }

  private void remember(String hash, Principal principal) {
    if (!remember.isZero()) {
      var entry = new Remembered(principal, clock.instant());
      (principal == null ? unknown : known).put(hash, entry);
    }
  }

  private Remembered remembered(String hash) {
    var entry = known.get(hash);
    var from = entry == null ? unknown : known;
    entry = entry == null ? unknown.get(hash) : entry;
    if (entry == null) {
      return null;
    }
    var age = Duration.between(entry.since(), clock.instant());
    if (age.isNegative() || age.compareTo(remember) >= 0) {
      from.remove(hash);
      return null;
    }
    return entry;
  }

  private Future<Principal> valid(Principal principal) {
    if (principal == null) {
      return Future.failedFuture(refused("The token is not valid"));
    }
    var expiresAt = principal.expiresAt();
    return expiresAt != null && !clock.instant().isBefore(expiresAt)
        ? Future.failedFuture(refused("The token has expired"))
        : Future.succeededFuture(principal);
  }

  private static Rejected refused(String detail) {
    return new Rejected(
        ErrorCode.UNAUTHENTICATED,
        detail,
        List.of(),
        List.of("Send the header Authorization: Bearer <token> with a valid token"));
  }

  private static <V> Map<String, V> bounded(int max) {
    return new LinkedHashMap<>(64, 0.75f, true) {
      @Override
      protected boolean removeEldestEntry(Map.Entry<String, V> eldest) {
        return size() > max;
      }
    };
  }
}
