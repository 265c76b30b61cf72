package dev.orderly.leasing.checkout;

import dev.orderly.leasing.checkout.WriteLeases.Leased;
import dev.orderly.lifecycle.PartsProgress;
import dev.orderly.types.OrderType;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/** What is there already of the results of those items that take them in parts. */
final class PartsSoFar {
  private PartsSoFar() {}

  /** By item, for those whose types take parts; without them the database is not asked. */
  static Future<Map<UUID, LeasedParts>> of(SqlConnection connection, Collection<Leased> leases) {
    var inParts = new HashMap<UUID, OrderType>();
    for (var lease : leases) {
      if (lease.type().parts() != null) {
        inParts.put(lease.id(), lease.type());
      }
    }
    if (inParts.isEmpty()) {
      return Future.succeededFuture(Map.of());
    }
    return PartsProgress.read(connection, inParts.keySet())
        .map(
            progress -> {
              var parts = new HashMap<UUID, LeasedParts>();
              progress.forEach(
                  (id, item) ->
                      parts.put(
                          id,
                          new LeasedParts(
                              inParts.get(id).parts().toJson(), item.required(), item.state())));
              return parts;
            });
  }
}
