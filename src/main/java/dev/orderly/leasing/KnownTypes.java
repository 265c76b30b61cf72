package dev.orderly.leasing;

import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import dev.orderly.types.OrderType;
import dev.orderly.types.TypeRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Types by version, for code on an event loop: what is not in memory is fetched off it. */
final class KnownTypes {
  record Version(String name, String version) {}

  private final Vertx vertx;
  private final TypeRegistry registry;
  private final Map<Version, OrderType> known = new ConcurrentHashMap<>();

  KnownTypes(Vertx vertx, TypeRegistry registry) {
    this.vertx = vertx;
    this.registry = registry;
  }

  /** Fails with {@code unavailable} if one of them is not installed. */
  Future<Map<Version, OrderType>> resolve(Collection<Version> versions) {
    var wanted = Set.copyOf(versions);
    if (known.keySet().containsAll(wanted)) {
      return Future.succeededFuture(known);
    }
    return vertx.executeBlocking(
        () -> {
          var found = new HashMap<Version, OrderType>();
          for (var version : wanted) {
            found.put(version, load(version));
          }
          known.putAll(found);
          return found;
        },
        false);
  }

  private OrderType load(Version version) {
    return registry
        .version(version.name(), version.version())
        .orElseThrow(
            () ->
                new Rejected(
                    ErrorCode.UNAVAILABLE,
                    "Order type %s, version %s, is not installed on this node"
                        .formatted(version.name(), version.version())));
  }
}
