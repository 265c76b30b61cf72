package dev.orderly;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.orderly.config.RedisConfig;
import dev.orderly.config.Secret;
import dev.orderly.testing.TestDatabase;
import dev.orderly.testing.TestRedis;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A node whose heartbeats are kept in Redis. */
@Timeout(120)
class NodeRedisTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  @TempDir Path directory;
  private final HttpClient http = HttpClient.newHttpClient();

  private Node node(String redisUrl) throws Exception {
    return TestNode.start(
        db,
        directory,
        "",
        """
        types: { paths: [] }
        leasing: { backend: redis }
        redis: { url: "%s", timeout_millis: 2000, retry_millis: 50 }
        """
            .formatted(redisUrl));
  }

  private HttpResponse<String> get(Node node, String path) throws Exception {
    return http.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + node.port() + path)).build(),
        BodyHandlers.ofString());
  }

  private String redisStatus(Node node) throws Exception {
    return new JsonObject(get(node, "/health").body())
        .getJsonObject("checks")
        .getJsonObject("redis")
        .getString("status");
  }

  @Test
  void servesWithoutItsRedisAndSaysSoUntilItIsThere() throws Exception {
    try (var redis = new TestRedis()) {
      var node = node(redis.url());
      try {
        var ready = get(node, "/health/ready");
        assertThat(ready.statusCode()).isEqualTo(200);
        assertThat(new JsonObject(ready.body()).getString("status")).isEqualTo("degraded");
        assertThat(redisStatus(node)).isEqualTo("degraded");
        assertThat(get(node, "/metrics").body()).contains("orderly_redis_up 0.0");

        redis.start();

        long end = System.nanoTime() + TestDatabase.LIMIT.toNanos();
        while (!redisStatus(node).equals("up")) {
          assertThat(System.nanoTime()).as("Redis was never used").isLessThan(end);
        }
        assertThat(get(node, "/metrics").body())
            .contains("orderly_redis_up 1.0", "orderly_redis_fallbacks_total");
        assertThat(new JsonObject(get(node, "/health/ready").body()).getString("status"))
            .isEqualTo("up");
      } finally {
        node.stop();
      }
    }
  }

  @Test
  void namesAnAuthorityFileThatCannotBeRead() {
    var config =
        new RedisConfig(
            "rediss://h", "u", new Secret("sesame"), directory.resolve("no.pem"), 50, 1000);

    assertThatThrownBy(() -> NodeRedis.settings(config))
        .hasMessageContaining("redis.tls_ca names ")
        .hasMessageContaining("no.pem, which cannot be read");
  }

  @Test
  void neverShowsThePassword() {
    var config = new RedisConfig("redis://h", "u", new Secret("sesame"), null, 50, 1000);

    assertThat(config.toString()).doesNotContain("sesame");
    assertThat(NodeRedis.settings(config).toString()).doesNotContain("sesame");
    assertThat(NodeRedis.settings(config).password()).isEqualTo("sesame");
  }
}
