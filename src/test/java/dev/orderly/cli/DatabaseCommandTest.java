package dev.orderly.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is refused; that it runs, ClusterIT shows. */
class DatabaseCommandTest {
  @TempDir private Path dir;

  @Test
  void wantsADirectory() {
    assertThat(Ran.command("database").code()).isEqualTo(Exit.USAGE);
  }

  @Test
  void refusesWhatIsNoPort() {
    for (var port : new String[] {"-1", "65536", "x"}) {
      var ran = Ran.command("database", "--data", dir.toString(), "--port", port);
      assertThat(ran.code()).isEqualTo(Exit.USAGE);
      assertThat(ran.err()).contains("--port");
    }
  }

  @Test
  void refusesADirectoryThatCannotBeMade() throws IOException {
    var file = Files.writeString(dir.resolve("file"), "not a directory");
    var ran = Ran.command("database", "--data", file.toString());
    assertThat(ran.code()).isEqualTo(Exit.REFUSED);
    assertThat(ran.err().lines()).singleElement().asString().startsWith("orderly: cannot start");
  }
}
