package dev.orderly;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.config.ApiConfig;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WelcomeTest {

  @TempDir private Path dir;

  @Test
  void namesTheTokensFileSoThatItIsFoundFromElsewhere() throws Exception {
    var file = Files.writeString(dir.resolve("admin.token"), "ordl_x").toAbsolutePath();
    var bytes = new ByteArrayOutputStream();
    var api = new ApiConfig("::1", 0, "/agent/work", 1, 1, 1, 1, 0, 1, null, null);

    Welcome.print(
        new PrintStream(bytes, true, StandardCharsets.UTF_8),
        api,
        8081,
        dir.resolve("./admin.token"));

    assertThat(bytes.toString(StandardCharsets.UTF_8))
        .contains("admin token  " + file + "\n", "$(cat '" + file + "')", "http://[::1]:8081/docs");
  }

  @Test
  void saysNothingOfATokenThatAnotherNodeHas() {
    var bytes = new ByteArrayOutputStream();
    var api = new ApiConfig("127.0.0.1", 0, "/agent/work", 1, 1, 1, 1, 0, 1, null, null);

    Welcome.print(
        new PrintStream(bytes, true, StandardCharsets.UTF_8),
        api,
        8081,
        dir.resolve("admin.token"));

    assertThat(bytes.toString(StandardCharsets.UTF_8))
        .contains("ready at http://127.0.0.1:8081")
        .doesNotContain("admin.token");
  }
}
