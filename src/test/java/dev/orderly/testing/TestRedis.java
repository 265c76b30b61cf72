package dev.orderly.testing;

import dev.orderly.leasing.heartbeats.RedisHeartbeats;
import dev.orderly.leasing.heartbeats.RedisSettings;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import redis.embedded.core.ExecutableProvider;
import redis.embedded.model.OsArchitecture;

/**
 * A Redis server of a test's own, on a port that stays the same however often it is stopped and
 * started. It keeps nothing: each start finds it empty.
 */
public final class TestRedis implements AutoCloseable {
  private static final String READY = "Ready to accept connections";
  private static String executable;

  private final int port = freePort();
  private final List<String> options;
  private Process process;

  /**
   * @param options for the server's command line
   */
  public TestRedis(String... options) {
    this.options = List.of(options);
  }

  /**
   * @throws IllegalStateException if there is no server to be had, or if it does not start
   */
  public TestRedis start() {
    var command = new ArrayList<>(List.of(executable(), "--port", Integer.toString(port)));
    command.addAll(List.of("--bind", "127.0.0.1", "--save", "", "--appendonly", "no"));
    command.addAll(options);
    try {
      process = new ProcessBuilder(command).redirectErrorStream(true).start();
      awaitReady(process.inputReader());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return this;
  }

  private static void awaitReady(BufferedReader output) throws IOException {
    var said = new StringBuilder();
    for (var line = output.readLine(); line != null; line = output.readLine()) {
      if (line.contains(READY)) {
        Thread.ofVirtual().start(() -> output.lines().forEach(ignored -> {}));
        return;
      }
      said.append(line).append('\n');
    }
    throw new IllegalStateException("redis-server did not start:\n" + said);
  }

  /** Kills it; all that it knew is gone. */
  public void stop() {
    if (process != null) {
      process.destroyForcibly();
      try {
        process.waitFor();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
      process = null;
    }
  }

  /** Connections stay open and get no answer. */
  public void freeze() {
    signal("-STOP");
  }

  public void thaw() {
    signal("-CONT");
  }

  private void signal(String signal) {
    try {
      // The shell's own: there need not be a program of that name.
      var command = "kill " + signal + " " + process.pid();
      int exit = new ProcessBuilder("sh", "-c", command).start().waitFor();
      if (exit != 0) {
        throw new IllegalStateException("kill " + signal + " failed with " + exit);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    stop();
  }

  public int port() {
    return port;
  }

  public String url() {
    return "redis://127.0.0.1:" + port;
  }

  /** Settings with a time limit that a busy machine keeps, and quick tries. */
  public RedisSettings settings() {
    return settings(null, Duration.ofSeconds(10));
  }

  public RedisSettings settings(String password, Duration limit) {
    return new RedisSettings(url(), null, password, null, limit, Duration.ofMillis(50));
  }

  public RedisHeartbeats heartbeats(Vertx vertx, MeterRegistry meters) {
    return TestDatabase.await(RedisHeartbeats.open(vertx, settings(), meters));
  }

  /** What the server answers to a command. */
  public Response ask(Vertx vertx, Command command, String... arguments) {
    var request = Request.cmd(command);
    for (var argument : arguments) {
      request.arg(argument);
    }
    var client = Redis.createClient(vertx, url());
    try {
      return TestDatabase.await(client.send(request));
    } finally {
      TestDatabase.await(client.close());
    }
  }

  private static int freePort() {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static synchronized String executable() {
    if (executable == null) {
      var why = new ArrayList<String>();
      var packaged = ExecutableProvider.newProvidedVersionsMap();
      executable = packaged(packaged, why);
      if (executable == null) {
        // The one for 64 bits needs OpenSSL's libraries; this one needs nothing.
        var plain = new HashMap<>(packaged);
        plain.put(OsArchitecture.UNIX_x86_64, packaged.get(OsArchitecture.UNIX_x86));
        executable = packaged(plain, why);
      }
      if (executable == null && runs("redis-server", why)) {
        executable = "redis-server";
      }
      if (executable == null) {
        throw new IllegalStateException(
            "These tests need a redis-server: there is none on the PATH, and those that come with"
                + " embedded-redis do not run on this machine. "
                + String.join("; ", why));
      }
    }
    return executable;
  }

  private static String packaged(Map<OsArchitecture, String> versions, List<String> why) {
    try {
      var directory = Files.createTempDirectory("orderly-redis");
      Runtime.getRuntime().addShutdownHook(new Thread(() -> discard(directory)));
      var file = ExecutableProvider.newJarResourceProvider(directory::toFile, versions).get();
      return runs(file.getPath(), why) ? file.getPath() : null;
    } catch (IOException | RuntimeException e) {
      why.add("embedded-redis: " + e.getMessage());
      return null;
    }
  }

  private static boolean runs(String file, List<String> why) {
    try {
      var version = new ProcessBuilder(file, "--version").redirectErrorStream(true).start();
      var said = new String(version.getInputStream().readAllBytes()).strip();
      if (version.waitFor() == 0) {
        return true;
      }
      why.add(said);
    } catch (IOException e) {
      why.add(e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
    return false;
  }

  private static void discard(Path directory) {
    var files = directory.toFile().listFiles();
    if (files != null) {
      for (File file : files) {
        file.delete();
      }
    }
    directory.toFile().delete();
  }
}
