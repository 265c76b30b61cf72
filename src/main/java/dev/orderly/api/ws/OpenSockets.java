package dev.orderly.api.ws;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts a node's WebSockets, whichever event loop has them, from the first word of the upgrade.
 */
public final class OpenSockets {
  private final int max;
  private final AtomicInteger open = new AtomicInteger();

  public OpenSockets(SocketSettings settings, MeterRegistry meters) {
    this.max = settings.maxConnections();
    Gauge.builder("orderly.ws.connections", open, AtomicInteger::get)
        .description("Open WebSockets, those that are being opened included")
        .register(meters);
  }

  /**
   * @return false if there are as many as there may be
   */
  boolean tryOpen() {
    if (open.incrementAndGet() <= max) {
      return true;
    }
    open.decrementAndGet();
    return false;
  }

  void closed() {
    open.decrementAndGet();
  }

  int max() {
    return max;
  }
}
