package dev.orderly.api;

import dev.orderly.artifacts.Artifacts;
import dev.orderly.bus.Bus;
import dev.orderly.cluster.Placement;
import dev.orderly.leasing.desk.Desks;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.InstantSource;
import java.util.function.Supplier;

/**
 * Whom the API works with.
 *
 * @param metrics the whole of {@code /metrics} as Prometheus text; may block for a moment
 */
public record Collaborators(
    Bus bus,
    Desks desks,
    Artifacts artifacts,
    Placement placement,
    HealthChecks health,
    Supplier<String> metrics,
    MeterRegistry meters,
    Draining draining,
    InstantSource clock) {}
