package dev.orderly.api.rest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.artifacts.RemoveUnused;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Artifacts in the database. */
class DatabaseArtifactsTest extends ArtifactConformance {
  @Override
  Path directory(Path files) {
    return null;
  }

  @Override
  void breakBytes(UUID id) {
    db.execute("delete from artifact_chunks where artifact_id = $1 and position = 2", id);
  }

  @Test
  void removesChunksThatNoArtifactHasOnceTheyAreOld() {
    var left = write(25);
    var onItsWay = write(23);
    var remove =
        new RemoveUnused(
            db.vertx(),
            db.database().background(),
            Duration.ofHours(24),
            null,
            InstantSource.system());

    assertThat(db.run(remove::leftovers)).isEqualTo(1);

    assertThat(chunks(left)).isZero();
    assertThat(chunks(onItsWay)).isEqualTo(1);
    db.execute("delete from artifact_chunks where artifact_id = $1", onItsWay);
    db.execute("delete from artifact_writes where artifact_id = $1", onItsWay);
  }

  /** What a node leaves that dies as it writes. */
  private UUID write(int hoursAgo) {
    var id = UUID.randomUUID();
    db.execute(
        "insert into artifact_writes values ($1, clock_timestamp() - make_interval(hours => $2))",
        id,
        hoursAgo);
    db.execute("insert into artifact_chunks values ($1, 0, 'x')", id);
    return id;
  }

  private long chunks(UUID id) {
    return db.<Long>value("select count(*) from artifact_chunks where artifact_id = $1", id);
  }
}
