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
   * @param detail for operators; seen by anyone who can reach the server, so no secrets; may be
   *     null
   */
  record Health(boolean up, String detail) {}
}
