package dev.orderly.state.parts;

import dev.orderly.domain.Caller;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import dev.orderly.leasing.HeldItem;
import dev.orderly.leasing.KnownTypes;
import dev.orderly.leasing.KnownTypes.Version;
import dev.orderly.leasing.LeaseGuard;
import dev.orderly.leasing.LeaseProof;
import dev.orderly.state.Commands;
import dev.orderly.state.OrderStore;
import dev.orderly.state.PartLimits;
import dev.orderly.state.TypeMissing;
import dev.orderly.types.ItemView;
import dev.orderly.types.OrderType;
import dev.orderly.types.OrderView;
import dev.orderly.types.PartsSpec;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.UUID;

/** Finds the item that a call is about, if the caller holds it and its type takes parts. */
final class HeldParts {
  private static final String FIND =
      "select " + HeldItem.COLUMNS + ", key, input from work_items_now where id = any($1)";

  private final Commands commands;
  private final LeaseGuard guard;
  private final KnownTypes types;
  private final PartLimits limits;

  HeldParts(Commands commands, LeaseGuard guard, KnownTypes types, PartLimits limits) {
    this.commands = commands;
    this.guard = guard;
    this.types = types;
    this.limits = limits;
  }

  /**
   * An item as it was seen, not locked.
   *
   * @param spec with the limits that hold for it
   */
  record Seen(HeldItem item, ItemView view, OrderView order, OrderType type, PartsSpec spec) {}

  /**
   * @param action what the caller wants to do, as in "expected to finalize item …"
   * @throws Rejected if it cannot be done
   */
  Seen find(String action, UUID itemId, Caller caller, LeaseProof proof) {
    var rows =
        commands
            .pool()
            .preparedQuery(FIND)
            .execute(Tuple.tuple().addArrayOfUUID(new UUID[] {itemId}))
            .await()
            .iterator();
    var row = rows.hasNext() ? rows.next() : null;
    var item = row == null ? null : HeldItem.of(row);
    require(action, itemId, item, caller, proof);
    var version = new Version(item.orderType(), item.typeVersion());
    var type = types.resolve(List.of(version)).await().get(version);
    if (type == null) {
      throw TypeMissing.of(item.orderType(), item.typeVersion());
    }
    if (type.parts() == null) {
      throw new Rejected(
              ErrorCode.PARTS_NOT_TAKEN,
              "Expected to %s item %s, but its type %s takes no parts"
                  .formatted(action, itemId, type.name()))
          .next("Submit the item's whole result");
    }
    var view =
        new ItemView(
            item.id(), item.type(), row.getString("key"), row.getJsonObject("input"), null);
    var order = OrderStore.find(commands.pool(), item.tenant(), item.orderId()).view();
    return new Seen(item, view, order, type, limits.within(type.parts()));
  }

  /** The item, locked until the transaction ends, if the caller still holds it. */
  HeldItem lock(
      SqlConnection connection, String action, UUID itemId, Caller caller, LeaseProof proof) {
    var item = HeldItem.lock(connection, List.of(itemId)).await().get(itemId);
    require(action, itemId, item, caller, proof);
    return item;
  }

  private void require(String action, UUID itemId, HeldItem item, Caller caller, LeaseProof proof) {
    var refusal = guard.check(action, itemId, item, caller, proof);
    if (refusal != null) {
      throw refusal;
    }
  }
}
