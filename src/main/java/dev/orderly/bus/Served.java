package dev.orderly.bus;

import io.vertx.core.Future;

/** An address that is being served. */
public interface Served {
  /** Serves it no longer; what is under way is still answered. */
  Future<Void> unregister();
}
