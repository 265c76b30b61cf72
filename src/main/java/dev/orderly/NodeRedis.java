package dev.orderly;

import dev.orderly.config.RedisConfig;
import dev.orderly.leasing.heartbeats.RedisSettings;
import java.nio.file.Files;
import java.time.Duration;

/** How a node reaches its Redis, from the configuration. */
final class NodeRedis {
  private NodeRedis() {}

  /**
   * @param config with a URL
   * @throws IllegalArgumentException naming the key, if a file it names cannot be read
   */
  static RedisSettings settings(RedisConfig config) {
    var authorities = config.tlsCa();
    if (authorities != null && !Files.isReadable(authorities)) {
      throw new IllegalArgumentException(
          "redis.tls_ca names %s, which cannot be read".formatted(authorities));
    }
    return new RedisSettings(
        config.url(),
        config.user(),
        config.password() == null ? null : config.password().reveal(),
        authorities,
        Duration.ofMillis(config.timeoutMillis()),
        Duration.ofMillis(config.retryMillis()));
  }
}
