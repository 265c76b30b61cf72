package dev.orderly.api;

import java.nio.file.Path;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * How the HTTP server listens and what it insists on.
 *
 * @param port 0 for any free one
 * @param basePath where the API's paths begin, without a slash at the end
 * @param maxBodyBytes the largest request body taken
 * @param idleTimeoutSeconds after which a silent connection is closed; 0 for never
 * @param enforceOn the operations that must carry an idempotency key: {@code propose submit approve
 *     reject cancel retry}
 * @param authCacheSeconds how long the answer about a token is remembered; 0 for not at all
 * @param graceSeconds how long requests in flight may take once the server stops
 * @param tls null for plain HTTP
 */
public record ApiSettings(
    String host,
    int port,
    String basePath,
    int maxBodyBytes,
    int idleTimeoutSeconds,
    Set<String> enforceOn,
    int authCacheSeconds,
    int graceSeconds,
    Tls tls) {

  /** Where the certificate chain and its key are, PEM. */
  public record Tls(Path cert, Path key) {}

  /** The names that {@code enforceOn} may hold. */
  public static final Set<String> OPERATIONS =
      Set.of(
          "propose",
          "submit",
          "part",
          "finalize",
          "approve",
          "reject",
          "cancel",
          "retry",
          "fail",
          "create_token");

  private static final Pattern BASE_PATH = Pattern.compile("(/[A-Za-z0-9._~-]+)+");

  public ApiSettings {
    require(port >= 0 && port <= 65_535, "the port must be 0 to 65535");
    require(
        BASE_PATH.matcher(basePath).matches(),
        "the base path must be like /agent/work: a slash first, none at the end");
    require(maxBodyBytes >= 1024, "the largest body must be at least 1024 bytes");
    require(idleTimeoutSeconds >= 0, "the idle timeout must not be negative");
    require(authCacheSeconds >= 0, "the time to remember tokens must not be negative");
    require(graceSeconds >= 0, "the time to stop must not be negative");
    require(
        OPERATIONS.containsAll(enforceOn),
        "idempotency can be enforced on " + OPERATIONS + " only");
    enforceOn = Set.copyOf(enforceOn);
  }

  /** 127.0.0.1:8080, /agent/work, 1 MiB bodies, 60 s idle, 5 s token cache, 5 s to stop. */
  public static ApiSettings defaults() {
    return new ApiSettings(
        "127.0.0.1",
        8080,
        "/agent/work",
        1 << 20,
        60,
        Set.of("propose", "submit", "part", "finalize", "approve", "reject"),
        5,
        5,
        null);
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new IllegalArgumentException(message);
    }
  }
}
