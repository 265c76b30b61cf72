package dev.orderly.api;

/** Whether this node has begun to stop: it takes no new requests and finishes those it has. */
public final class Draining {
  private volatile boolean begun;

  public void begin() {
    begun = true;
  }

  public boolean begun() {
    return begun;
  }
}
