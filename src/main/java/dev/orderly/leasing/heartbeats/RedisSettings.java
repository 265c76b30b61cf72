package dev.orderly.leasing.heartbeats;

import java.nio.file.Path;
import java.time.Duration;

/**
 * Where Redis is and how long it may take.
 *
 * @param url {@code redis[s]://host[:port][/database]}, without credentials
 * @param user null for the default one
 * @param password null if none is needed
 * @param authorities who may have signed the server's certificate, PEM; null for those that the JDK
 *     knows
 * @param limit how long an answer may take before Redis is passed over
 * @param pause how long it is passed over before it is tried again
 */
public record RedisSettings(
    String url, String user, String password, Path authorities, Duration limit, Duration pause) {

  boolean tls() {
    return url.startsWith("rediss:");
  }

  /** Never shows the password. */
  @Override
  public String toString() {
    return "RedisSettings[%s, limit=%s, pause=%s]".formatted(url, limit, pause);
  }
}
