package dev.orderly.api;

/** How far this node is in stopping. */
public final class Draining {
  private volatile boolean announced;
  private volatile boolean begun;

  /** From now on it says that it is not ready, and still serves whoever asks all the same. */
  public void announce() {
    announced = true;
  }

  /** From now on it takes no new requests and finishes those it has. */
  public void begin() {
    announced = true;
    begun = true;
  }

  public boolean announced() {
    return announced;
  }

  public boolean begun() {
    return begun;
  }
}
