package dev.orderly.maintenance;

import dev.orderly.artifacts.RemoveUnused;

/** Removes bytes that belong to no artifact, which nodes leave when they die. */
public final class ArtifactLeftovers implements Duty {
  private final RemoveUnused remove;

  public ArtifactLeftovers(RemoveUnused remove) {
    this.remove = remove;
  }

  @Override
  public String name() {
    return "artifact_leftovers";
  }

  @Override
  public long run() {
    return remove.leftovers();
  }
}
