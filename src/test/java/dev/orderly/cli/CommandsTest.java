package dev.orderly.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommandsTest {
  @Test
  void theVersionNamesOrderlyAndJava() {
    var ran = Ran.command("version");
    assertThat(ran.code()).isZero();
    assertThat(ran.out()).startsWith("Orderly ").contains("Java " + Runtime.version());
    assertThat(Ran.command("--version").out()).isEqualTo(ran.out());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--help",
        "start --help",
        "config --help",
        "version --help",
        "token --help",
        "token create --help",
        "token list --help",
        "token revoke --help",
        "orders --help",
        "orders list --help",
        "orders show --help",
        "orders approve --help",
        "orders reject --help",
        "orders cancel --help",
        "orders retry --help"
      })
  void everyCommandExplainsItself(String command) {
    var ran = Ran.command(command.split(" "));
    assertThat(ran.code()).isZero();
    assertThat(ran.err()).isEmpty();
    assertThat(ran.out()).startsWith("Usage: orderly").contains("--help");
    // An option or command without a description would end its line with its name.
    assertThat(ran.out().lines()).noneMatch(line -> line.matches("\\s+--[a-z-]+(=\\S+)?\\s*"));
  }

  @Test
  void theHelpNamesEveryCommand() {
    assertThat(Ran.command("--help").out())
        .contains("start", "config", "token", "orders", "version", "Exit codes");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "strat",
        "--prot 1",
        "start extra",
        "token",
        "token create --name x",
        "token create --name x --scope y --expires-in soon",
        "token revoke not-a-uuid",
        "orders",
        "orders show",
        "orders show 12",
        "orders reject 0197f3a0-5b7e-7c31-9d0a-2f6f3f1f8a10"
      })
  void aWrongCommandLineIsToldInTwoLines(String command) {
    var ran = Ran.command(command.split(" "));
    assertThat(ran.code()).isEqualTo(2);
    assertThat(ran.out()).isEmpty();
    assertThat(ran.err()).startsWith("orderly: ").contains("Try: orderly");
    assertThat(ran.err().lines().count()).isLessThanOrEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"orders", "token"})
  void theUsageLineNamesEachCommandThatIsListedBelowIt(String command) {
    var help = Ran.command(command, "--help").out();
    var usage = help.substring(0, help.indexOf(')')).replaceAll("\\s+", " ");
    var listed =
        help.substring(help.indexOf("Commands:"))
            .lines()
            .skip(1)
            .filter(line -> line.matches("  [a-z]+ .*"))
            .map(line -> line.strip().split(" ")[0])
            .toList();
    assertThat(usage).endsWith("(" + String.join(" | ", listed));
  }

  @ParameterizedTest
  @ValueSource(strings = {"token revoke nope", "orders show nope", "orders show 1-1-1-1-1"})
  void anIdThatIsNoneIsToldInPlainWords(String command) {
    var ran = Ran.command(command.split(" "));
    assertThat(ran.err())
        .contains("' is no id such as 0197f3a0-5b7e-7c31-9d0a-2f6f3f1f8a10")
        .doesNotContain("UUID", "Exception", "java.");
  }

  @Test
  void configPrintsWhatIsInEffectWithoutSecrets(@TempDir Path dir) throws IOException {
    var file =
        Files.writeString(
            dir.resolve("c.yaml"), "secrets:\n  hook: hunter2\nlog:\n  level: warn\n");
    var ran =
        Ran.command(
            Map.of("ORDERLY_API_PORT", "99"),
            config -> 1,
            "config",
            "--config",
            file.toString(),
            "--host",
            "h");
    assertThat(ran.code()).isZero();
    assertThat(ran.err()).isEmpty();
    assertThat(ran.out())
        .contains("  port: 99  # ORDERLY_API_PORT")
        .contains("  host: h  # --host")
        .contains("  level: warn  # " + file + ":4")
        .contains("  hook: \"***\"  # " + file + ":2")
        .doesNotContain("hunter2");
  }

  @Test
  void configChecks(@TempDir Path dir) {
    var missing = dir.resolve("none.yaml").toString();
    var ran = Ran.command("config", "--config", missing);
    assertThat(ran.code()).isEqualTo(2);
    assertThat(ran.err().strip()).isEqualTo(missing + ": there is no such file");
  }
}
