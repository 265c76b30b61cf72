package dev.orderly.logging;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.orderly.config.LogConfig;
import dev.orderly.config.loading.ConfigLoader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

class LoggingTest {
  private static final Logger LOG = LoggerFactory.getLogger("dev.orderly.leasing.desk.Desk");

  @AfterEach
  void reset() {
    Logging.configure(ConfigLoader.defaults().log());
  }

  @Test
  void textIsOneLineWithThePairsAtItsEnd() {
    var printed =
        logged(
            LogConfig.Format.TEXT,
            LogConfig.Level.INFO,
            () -> LOG.atInfo().addKeyValue("order", "o1").log("leased {}\nFAKE line", "x"));
    assertThat(printed)
        .matches("\\d{4}-\\d\\d-\\d\\dT\\S+ INFO  Desk: leased x \\| FAKE line order=\"o1\"\n");
  }

  @Test
  void jsonIsOneObjectALineWithThePairsAsFields() throws IOException {
    var printed =
        logged(
            LogConfig.Format.JSON,
            LogConfig.Level.INFO,
            () -> {
              LOG.atWarn()
                  .addKeyValue("order", "o1")
                  .addKeyValue("items", 3)
                  .addKeyValue("message", "taken")
                  .addKeyValue("agent", (Object) null)
                  .setCause(new IllegalStateException("broken"))
                  .log("a \"quoted\"\nmessage");
              LOG.info("second");
            });
    var lines = printed.lines().toList();
    assertThat(lines).hasSize(2);
    var first = json(lines.getFirst());
    assertThat(first.get("message").asText()).isEqualTo("a \"quoted\"\nmessage");
    assertThat(first.get("_message").asText()).isEqualTo("taken");
    assertThat(first.get("level").asText()).isEqualTo("WARN");
    assertThat(first.get("logger").asText()).isEqualTo("dev.orderly.leasing.desk.Desk");
    assertThat(first.get("order").asText()).isEqualTo("o1");
    assertThat(first.get("items").isInt()).isTrue();
    assertThat(first.get("agent").isNull()).isTrue();
    assertThat(first.get("error").asText())
        .startsWith("java.lang.IllegalStateException: broken")
        .contains("LoggingTest");
    assertThat(json(lines.get(1)).has("error")).isFalse();
  }

  @Test
  void theLevelHoldsAndNoisyLibrariesStayQuiet() {
    Runnable lines =
        () -> {
          LOG.debug("own debug");
          LOG.info("own info");
          for (var library :
              Arrays.asList("org.flywaydb.core.X", "com.hazelcast.X", "io.zonky.X")) {
            LoggerFactory.getLogger(library).info("library info");
            LoggerFactory.getLogger(library).warn("library warning");
          }
        };
    assertThat(logged(LogConfig.Format.TEXT, LogConfig.Level.INFO, lines))
        .doesNotContain("own debug", "library info")
        .contains("own info")
        .containsPattern("(?s)(library warning.*){3}");
    assertThat(logged(LogConfig.Format.JSON, LogConfig.Level.DEBUG, lines))
        .contains("own debug")
        .doesNotContain("library info");
    assertThat(logged(LogConfig.Format.TEXT, LogConfig.Level.ERROR, lines))
        .doesNotContain("own info");
  }

  private static JsonNode json(String line) throws IOException {
    return new ObjectMapper().readTree(line);
  }

  private static String logged(LogConfig.Format format, LogConfig.Level level, Runnable lines) {
    var out = System.out;
    var bytes = new ByteArrayOutputStream();
    System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    try {
      Logging.configure(new LogConfig(format, level));
      lines.run();
    } finally {
      System.setOut(out);
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
