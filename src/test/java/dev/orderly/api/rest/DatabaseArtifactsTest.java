package dev.orderly.api.rest;

import java.nio.file.Path;
import java.util.UUID;

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
}
