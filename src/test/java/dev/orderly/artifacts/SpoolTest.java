package dev.orderly.artifacts;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpoolTest {
  @TempDir Path root;

  @Test
  void deletesWhatADeadNodeLeft() throws IOException {
    var dead = Files.createDirectory(root.resolve("dead"));
    Files.writeString(dead.resolve("half"), "an upl");
    var lock = Files.createFile(root.resolve("dead.lock"));

    try (var spool = Spool.open(root)) {
      assertThat(dead).doesNotExist();
      assertThat(lock).doesNotExist();
      assertThat(spool.next().getParent()).isDirectory();
    }
  }

  @Test
  void cleansASpoolThatIsNotUsedAnyMore() throws IOException {
    Files.writeString(Files.createDirectory(root.resolve("dead")).resolve("half"), "an upl");
    Files.createFile(root.resolve("dead.lock"));

    Spool.clean(root);
    Spool.clean(root.resolve("never-there"));

    assertThat(root.toFile().list()).containsExactly("door");
  }

  @Test
  void leavesAloneWhatALivingNodeHas() throws IOException {
    try (var living = Spool.open(root)) {
      var upload = Files.writeString(living.next(), "an upl");
      try (var other = Spool.open(root)) {
        assertThat(upload).exists();
        assertThat(other.next().getParent()).isNotEqualTo(upload.getParent());
      }
      assertThat(upload).exists();
    }
    assertThat(root).isDirectoryNotContaining("glob:**.lock");
  }
}
