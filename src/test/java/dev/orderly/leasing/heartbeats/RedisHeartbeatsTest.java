package dev.orderly.leasing.heartbeats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.testing.TestCertificate;
import dev.orderly.testing.TestDatabase;
import dev.orderly.testing.TestRedis;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.PemKeyCertOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Redis of heartbeats, on a server of its own. */
class RedisHeartbeatsTest {
  private static final Instant AT = Instant.parse("2026-03-01T10:15:30.250Z");
  private static final Duration LIMIT = Duration.ofSeconds(10);

  private final Vertx vertx = Vertx.vertx();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

  @AfterEach
  void stop() {
    TestDatabase.await(vertx.close());
  }

  private RedisHeartbeats open(RedisSettings settings) {
    return TestDatabase.await(RedisHeartbeats.open(vertx, settings, meters));
  }

  private static LeaseId lease() {
    return new LeaseId(UUID.randomUUID(), 3);
  }

  private static Beat beat(LeaseId lease, Instant at) {
    return new Beat(lease, at, Duration.ofMinutes(1));
  }

  @Test
  void handsOverWhatItHeardOnceAndOnlyOfThoseItHeardOf() {
    try (var redis = new TestRedis().start();
        var heartbeats = redis.heartbeats(vertx, meters)) {
      var one = lease();
      var two = lease();
      var unheard = lease();
      TestDatabase.await(heartbeats.record(List.of(beat(one, AT), beat(two, AT))));
      TestDatabase.await(heartbeats.record(List.of(beat(one, AT.plusMillis(5)))));

      var heard = TestDatabase.await(heartbeats.take(List.of(unheard, one, two)));

      assertThat(heard).containsOnlyKeys(one, two);
      assertThat(heard.get(one)).isEqualTo(new Tally(2, AT.plusMillis(5)));
      assertThat(heard.get(two)).isEqualTo(new Tally(1, AT));
      assertThat(TestDatabase.await(heartbeats.take(List.of(one, two)))).isEmpty();
    }
  }

  @Test
  void startsWithoutAServerAndUsesItOnceItIsThere() {
    try (var redis = new TestRedis();
        var heartbeats = redis.heartbeats(vertx, meters)) {
      assertThat(heartbeats.usable()).isFalse();
      assertThat(TestDatabase.await(heartbeats.answers())).isFalse();
      assertThat(TestDatabase.await(heartbeats.record(List.of(beat(lease(), AT))))).isFalse();
      assertThat(TestDatabase.await(heartbeats.take(List.of(lease())))).isEmpty();

      redis.start();

      awaitUsable(heartbeats);
      assertThat(TestDatabase.await(heartbeats.record(List.of(beat(lease(), AT))))).isTrue();
    }
  }

  @Test
  void startsWithAServerThatTakesConnectionsAndSaysNothing() {
    var mute =
        TestDatabase.await(vertx.createNetServer().connectHandler(s -> {}).listen(0, "127.0.0.1"));
    var settings =
        new RedisSettings("redis://127.0.0.1:" + mute.actualPort(), null, null, null, LIMIT, LIMIT);
    try (var heartbeats = open(settings)) {
      assertThat(heartbeats.usable()).isFalse();
    }
  }

  @Test
  void logsInWithThePasswordAndNotWithAnother() {
    try (var redis = new TestRedis("--requirepass", "sesame").start()) {
      try (var right = open(redis.settings("sesame", LIMIT))) {
        assertThat(right.usable()).isTrue();
      }
      try (var wrong = open(redis.settings("open", LIMIT))) {
        assertThat(wrong.usable()).isFalse();
      }
      try (var none = open(redis.settings())) {
        assertThat(none.usable()).isFalse();
      }
    }
  }

  @Test
  void encryptsForServersWhoseCertificateItCanTrustOnly(@TempDir Path dir) throws Exception {
    var certificate = TestCertificate.make(dir, "server", "dns:localhost");
    try (var redis = new TestRedis().start()) {
      var tls =
          TestDatabase.await(
              vertx
                  .createNetServer(
                      new NetServerOptions()
                          .setSsl(true)
                          .setKeyCertOptions(
                              new PemKeyCertOptions()
                                  .setCertPath(certificate.certificate().toString())
                                  .setKeyPath(certificate.key().toString())))
                  .connectHandler(
                      socket -> {
                        socket.pause();
                        vertx
                            .createNetClient()
                            .connect(redis.port(), "127.0.0.1")
                            .onSuccess(
                                server -> {
                                  socket.pipeTo(server);
                                  server.pipeTo(socket);
                                });
                      })
                  .listen(0, "127.0.0.1"));
      var url = "rediss://localhost:" + tls.actualPort();
      var authority = certificate.certificate();

      try (var trusted = open(new RedisSettings(url, null, null, authority, LIMIT, LIMIT))) {
        assertThat(trusted.usable()).isTrue();
      }
      try (var unknown = open(new RedisSettings(url, null, null, null, LIMIT, LIMIT))) {
        assertThat(unknown.usable()).isFalse();
      }
    }
  }

  private static void awaitUsable(RedisHeartbeats heartbeats) {
    long end = System.nanoTime() + TestDatabase.LIMIT.toNanos();
    while (!heartbeats.usable()) {
      assertThat(System.nanoTime()).as("Redis never became usable").isLessThan(end);
      Thread.yield();
    }
  }
}
