package dev.orderly;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.config.ApiConfig;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class WelcomeTest {

  @Test
  void namesTheTokensFileSoThatItIsFoundFromElsewhere() {
    var bytes = new ByteArrayOutputStream();
    var api = new ApiConfig("::1", 0, "/agent/work", 1, 1, 1, 1, 1);

    Welcome.print(
        new PrintStream(bytes, true, StandardCharsets.UTF_8),
        api,
        8081,
        Path.of("./d/admin.token"));

    var file = Path.of("").toAbsolutePath().resolve("d/admin.token");
    assertThat(bytes.toString(StandardCharsets.UTF_8))
        .contains("admin token  " + file + "\n", "$(cat '" + file + "')", "http://[::1]:8081/docs");
  }
}
