package dev.orderly.maintenance;

import dev.orderly.artifacts.RemoveUnused;

/** Removes artifacts that nothing refers to. */
public final class ArtifactSweep implements Duty {
  private final RemoveUnused remove;

  public ArtifactSweep(RemoveUnused remove) {
    this.remove = remove;
  }

  @Override
  public String name() {
    return "artifact_sweep";
  }

  @Override
  public long run() {
    return remove.artifacts();
  }
}
