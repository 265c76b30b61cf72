package dev.orderly.api.rest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.artifacts.RemoveUnused;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Artifacts in a directory. */
class DirectoryArtifactsTest extends ArtifactConformance {
  @Override
  Path directory(Path files) {
    return files.resolve("shared");
  }

  private Path file(UUID id) {
    var name = id.toString();
    return directory(files).resolve(name.substring(name.length() - 2)).resolve(name);
  }

  @Override
  void breakBytes(UUID id) {
    try (var channel = FileChannel.open(file(id), StandardOpenOption.WRITE)) {
      channel.truncate(400_000);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void removesFilesThatNoArtifactHasOnceTheyAreOld() throws Exception {
    var now = Instant.parse("2030-01-03T00:00:00Z");
    var orphan = orphan(now.minus(Duration.ofHours(25)));
    var onItsWay = orphan(now.minus(Duration.ofHours(23)));
    var remove =
        new RemoveUnused(
            db.vertx(),
            db.database().background(),
            Duration.ofHours(24),
            directory(files),
            () -> now);

    assertThat(db.run(remove::leftovers)).isEqualTo(1);

    assertThat(orphan).doesNotExist();
    assertThat(onItsWay).exists();
    long rows = db.<Long>value("select count(*) from artifacts where place = 'directory'");
    assertThat(rows).isPositive();
    try (var all = Files.walk(directory(files))) {
      assertThat(all.filter(Files::isRegularFile).filter(this::isKept).count()).isEqualTo(rows + 1);
    }
  }

  private boolean isKept(Path file) {
    return file.getParent().getFileName().toString().length() == 2;
  }

  private Path orphan(Instant written) throws IOException {
    var file = file(UUID.randomUUID());
    Files.createDirectories(file.getParent());
    Files.writeString(file, "orphan");
    return Files.setLastModifiedTime(file, FileTime.from(written));
  }
}
