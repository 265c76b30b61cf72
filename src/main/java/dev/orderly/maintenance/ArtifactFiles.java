package dev.orderly.maintenance;

import dev.orderly.artifacts.RemoveUnused;

/** Removes files of artifacts that are none, which nodes leave when they die. */
public final class ArtifactFiles implements Duty {
  private final RemoveUnused remove;

  public ArtifactFiles(RemoveUnused remove) {
    this.remove = remove;
  }

  @Override
  public String name() {
    return "artifact_files";
  }

  @Override
  public long run() {
    return remove.files();
  }
}
