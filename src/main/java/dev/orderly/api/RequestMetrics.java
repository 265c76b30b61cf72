package dev.orderly.api;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Counts and times requests by operation and class of status. Belongs to one event loop. */
public final class RequestMetrics {
  /** The operation of requests that the contract does not know. */
  public static final String UNMATCHED = "unmatched";

  private static final int CLASSES = 6;

  /** A dozen buckets: percentiles to a few per cent, at a sixth of a full histogram's series. */
  private static final Duration[] BUCKETS = {
    Duration.ofMillis(1),
    Duration.ofMillis(2),
    Duration.ofMillis(5),
    Duration.ofMillis(10),
    Duration.ofMillis(20),
    Duration.ofMillis(50),
    Duration.ofMillis(100),
    Duration.ofMillis(200),
    Duration.ofMillis(500),
    Duration.ofSeconds(1),
    Duration.ofSeconds(5),
    Duration.ofSeconds(60)
  };

  private final MeterRegistry registry;
  private final String name;
  private final String description;
  private final Map<String, Timer[]> timers = new HashMap<>();

  /**
   * @param name the meters' own
   * @param description for people
   */
  public RequestMetrics(MeterRegistry registry, String name, String description) {
    this.registry = registry;
    this.name = name;
    this.description = description;
  }

  public void record(String operation, int status, long nanos) {
    var byClass = timers.computeIfAbsent(operation, id -> new Timer[CLASSES]);
    int statusClass = Math.clamp(status / 100, 0, CLASSES - 1);
    if (byClass[statusClass] == null) {
      byClass[statusClass] = timer(operation, statusClass);
    }
    byClass[statusClass].record(nanos, TimeUnit.NANOSECONDS);
  }

  private Timer timer(String operation, int statusClass) {
    return Timer.builder(name)
        .description(description)
        .tag("operation", operation)
        .tag("status", statusClass + "xx")
        .serviceLevelObjectives(BUCKETS)
        .register(registry);
  }
}
