package dev.orderly.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.config.Config;
import dev.orderly.config.loading.ConfigLoader;
import dev.orderly.logging.Logging;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StartCommandTest {
  @TempDir private Path dir;
  private final List<Config> started = new ArrayList<>();

  @AfterEach
  void resetLogs() {
    Logging.configure(ConfigLoader.defaults().log());
  }

  @Test
  void withoutACommandANodeStarts() {
    assertThat(start().code()).isZero();
    assertThat(start("start").code()).isZero();
    assertThat(start("--port", "9").code()).isZero();
    assertThat(started).extracting(config -> config.api().port()).containsExactly(8080, 8080, 9);
  }

  @Test
  void theOptionsStandAboveFileAndEnvironment() throws IOException {
    var file = Files.writeString(dir.resolve("c.yaml"), "api:\n  port: 1\n  instances: 3\n");
    var ran =
        Ran.command(
            Map.of("ORDERLY_API_HOST", "from-environment", "ORDERLY_AUTH_CACHE_SECONDS", "7"),
            this::starter,
            "start",
            "--config",
            file.toString(),
            "--data",
            "elsewhere",
            "--host",
            "0.0.0.0",
            "--port",
            "0");
    assertThat(ran).isEqualTo(new Ran(0, "", ""));
    var config = started.getFirst();
    assertThat(config.api().host()).isEqualTo("0.0.0.0");
    assertThat(config.api().port()).isZero();
    assertThat(config.api().instances()).isEqualTo(3);
    assertThat(config.auth().cacheSeconds()).isEqualTo(7);
    assertThat(config.storage().dataDir()).isEqualTo(Path.of("elsewhere"));
  }

  @Test
  void theNodesExitCodeIsTheProcesss() {
    assertThat(Ran.command(Map.of(), config -> 5, "start").code()).isEqualTo(5);
  }

  @Test
  void aBadConfigurationIsToldLineByLine() throws IOException {
    var file = Files.writeString(dir.resolve("c.yaml"), "api:\n  port: x\n  prot: 1\n");
    var ran = start("--config", file.toString());
    assertThat(ran.code()).isEqualTo(2);
    assertThat(ran.err().lines())
        .containsExactly(
            file + ":2: api.port is \"x\", but must be a whole number from 0 to 65535",
            file + ":3: api.prot: there is no such key; did you mean port?");
    assertThat(started).isEmpty();
  }

  @Test
  void aBadOptionValueNamesTheOption() {
    var ran = start("--port", "70000");
    assertThat(ran.code()).isEqualTo(2);
    assertThat(ran.err())
        .isEqualToIgnoringNewLines(
            "--port: api.port is \"70000\", but must be a whole number from 0 to 65535");
  }

  @Test
  void aNodeThatCannotStartIsOneLine() {
    var ran =
        Ran.command(
            Map.of(),
            config -> {
              throw new IOException("127.0.0.1:8080 is taken\nby another");
            },
            "start");
    assertThat(ran)
        .isEqualTo(
            new Ran(
                1,
                "",
                "orderly: cannot start: 127.0.0.1:8080 is taken; by another"
                    + System.lineSeparator()));
  }

  @Test
  void whatStandsAgainstAStartIsALineEach() {
    var ran =
        Ran.command(
            Map.of(),
            config -> {
              throw new Starter.CannotStart(
                  "order types are not valid", List.of("a.type.yaml:3: x", "b.jar: y"), null);
            },
            "start");
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.err().lines())
        .containsExactly(
            "orderly: cannot start: order types are not valid", "a.type.yaml:3: x", "b.jar: y");
  }

  private Ran start(String... args) {
    return Ran.command(Map.of(), this::starter, args);
  }

  private int starter(Config config) {
    started.add(config);
    return 0;
  }
}
