package dev.orderly.leasing.checkout;

import dev.orderly.leasing.KnownTypes;
import dev.orderly.leasing.LeasedParts;
import dev.orderly.leasing.checkout.WriteLeases.Leased;
import dev.orderly.lifecycle.PartsProgress;
import dev.orderly.types.OrderType;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** What is there already of the results of those items that take them in parts. */
final class PartsSoFar {
  private PartsSoFar() {}

  /** By item, for those whose types take parts; without them the database is not asked. */
  static Future<Map<UUID, LeasedParts>> of(
      SqlConnection connection,
      List<Given> given,
      Map<UUID, Leased> leases,
      Map<KnownTypes.Version, OrderType> known) {
    Map<UUID, OrderType> types = null;
    for (var g : given) {
      var type = known.get(g.item().version());
      if (type.parts() != null && leases.containsKey(g.item().id())) {
        types = types == null ? new HashMap<>() : types;
        types.put(g.item().id(), type);
      }
    }
    if (types == null) {
      return Future.succeededFuture(Map.of());
    }
    var inParts = types;
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
