package dev.orderly.api;

import io.vertx.core.Future;
import java.util.Map;
import java.util.function.Supplier;

/** What must work for this node to be ready. */
@FunctionalInterface
public interface HealthChecks {

  /** By name; each is asked anew at every request and may fail or take too long. */
  Map<String, Supplier<Future<Health>>> checks();

  /**
   * @param up whether the node can serve
   * @param degraded whether it serves without this part, and is slower or costs more for it
   * @param detail for operators; seen by anyone who can reach the server, so no secrets; may be
   *     null
   */
  record Health(boolean up, boolean degraded, String detail) {
    public Health(boolean up, String detail) {
      this(up, false, detail);
    }

    public static Health degraded(String detail) {
      return new Health(true, true, detail);
    }

    public String status() {
      return !up ? "down" : degraded ? "degraded" : "up";
    }
  }
}
