package dev.orderly.leasing;

import dev.orderly.types.OrderType;
import dev.orderly.types.TypeLimits;
import dev.orderly.types.TypeRegistry;
import dev.orderly.types.TypeSettings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Types by version, for code that must not block: what is not in memory is fetched elsewhere. */
public final class KnownTypes {
  private static final Logger LOG = LoggerFactory.getLogger(KnownTypes.class);
  private static final long MISSING_NANOS = Duration.ofSeconds(30).toNanos();

  /** A type in the version that an order was proposed under. */
  public record Version(String name, String version) {}

  private final Vertx vertx;
  private final TypeRegistry registry;
  private final Map<Version, OrderType> known = new ConcurrentHashMap<>();

  /** Those that were looked for in vain, until when they are not looked for again. */
  private final Map<Version, Long> missing = new ConcurrentHashMap<>();

  public KnownTypes(Vertx vertx, TypeRegistry registry) {
    this.vertx = vertx;
    this.registry = registry;
  }

  /**
   * @return null if the type is not in memory, or not installed
   */
  public OrderType ifKnown(Version version) {
    return known.get(version);
  }

  /**
   * @return the types at least of those versions that are installed; one that is missing, or whose
   *     declaration cannot be read any more, is absent and logged
   */
  public Future<Map<Version, OrderType>> resolve(Collection<Version> versions) {
    var wanted = new HashSet<>(versions);
    wanted.removeAll(missing());
    if (known.keySet().containsAll(wanted)) {
      return Future.succeededFuture(known);
    }
    return vertx.executeBlocking(
        () -> {
          var found = new HashMap<Version, OrderType>();
          for (var version : wanted) {
            load(version, found);
          }
          known.putAll(found);
          wanted.removeAll(found.keySet());
          long until = System.nanoTime() + MISSING_NANOS;
          wanted.forEach(version -> missing.put(version, until));
          return found;
        },
        false);
  }

  /**
   * What was not installed when it was last looked for, a moment ago: the items of these versions
   * cannot be leased here, and are not to stand in the way of others.
   *
   * @return as a parameter of statements: name and version, with a line's end between
   */
  public String[] unknown() {
    return missing().stream()
        .map(version -> version.name() + "\n" + version.version())
        .toArray(String[]::new);
  }

  private Set<Version> missing() {
    if (missing.isEmpty()) {
      return Set.of();
    }
    long now = System.nanoTime();
    missing.values().removeIf(until -> until - now <= 0);
    return Set.copyOf(missing.keySet());
  }

  /**
   * The limits that types have now: an order keeps the version it was proposed under, but what
   * limits its type applies to all of its orders. A type that is not installed any more has those
   * of the version named.
   *
   * @return by the types' names
   */
  public Future<Map<String, TypeLimits>> limits(Collection<Version> versions) {
    var limits = new HashMap<String, TypeLimits>();
    var gone = new ArrayList<Version>();
    for (var version : versions) {
      registry
          .current(version.name())
          .ifPresentOrElse(
              type -> limits.put(version.name(), type.settings().limits()),
              () -> gone.add(version));
    }
    return gone.isEmpty()
        ? Future.succeededFuture(limits)
        : resolve(gone)
            .map(
                found -> {
                  for (var version : gone) {
                    var type = found.get(version);
                    limits.put(
                        version.name(), type == null ? TypeLimits.NONE : type.settings().limits());
                  }
                  return limits;
                });
  }

  /** A type's settings, or the usual ones if it is not there to ask. */
  public static TypeSettings settings(Map<Version, OrderType> known, HeldItem item) {
    var type = known.get(version(item));
    return type == null ? TypeSettings.DEFAULT : type.settings();
  }

  public static Version version(HeldItem item) {
    return new Version(item.orderType(), item.typeVersion());
  }

  private void load(Version version, Map<Version, OrderType> found) {
    try {
      registry
          .version(version.name(), version.version())
          .ifPresentOrElse(
              type -> found.put(version, type),
              () -> LOG.error("Not installed, so its items are not given out here: {}", version));
    } catch (RuntimeException e) {
      LOG.error("Cannot be loaded, so its items are not given out here: {}", version, e);
    }
  }
}
