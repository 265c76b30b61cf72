package dev.orderly.state.review;

import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.ItemState;
import dev.orderly.domain.Rejected;
import dev.orderly.domain.Violation;
import dev.orderly.leasing.KnownTypes;
import dev.orderly.leasing.KnownTypes.Version;
import dev.orderly.state.Commands;
import dev.orderly.state.Hooks;
import dev.orderly.state.OrderRow;
import dev.orderly.state.OrderStore;
import dev.orderly.state.OrderStore.Submission;
import dev.orderly.state.TypeMissing;
import dev.orderly.types.ItemView;
import dev.orderly.types.OrderType;
import dev.orderly.types.TypeFailure;
import io.vertx.sqlclient.SqlClient;
import java.util.List;
import java.util.UUID;

/**
 * The results that an approval rests on, and what the type has against them. The type is asked
 * before the transaction begins: its rules may take their time.
 *
 * @param items those that are submitted or accepted, in the plan's order
 */
record Basis(List<Submission> items, List<Violation> objections) {

  /** Asks types. */
  record Types(Commands commands, KnownTypes known, Hooks hooks) {
    Basis look(OrderRow order) {
      var version = new Version(order.type(), order.typeVersion());
      var type = known.resolve(List.of(version)).await().get(version);
      if (type == null) {
        throw TypeMissing.of(order.type(), order.typeVersion());
      }
      var items = inForce(commands.pool(), order.id());
      var views = items.stream().map(Submission::view).toList();
      return new Basis(items, hooks.run(() -> objections(type, order, views)));
    }

    private static List<Violation> objections(
        OrderType type, OrderRow order, List<ItemView> items) {
      try {
        return type.canApprove(order.view(), items);
      } catch (TypeFailure e) {
        return List.of(new Violation("", "check_failed", e.getMessage()));
      }
    }
  }

  /**
   * @throws Rejected {@code not_ready} if the type has anything against it
   */
  void requireReady(UUID order) {
    if (!objections.isEmpty()) {
      throw new Rejected(
          ErrorCode.NOT_READY,
          "Order %s is not ready for approval".formatted(order),
          objections,
          List.of("Reject the order with allow_rework to send items back"));
    }
  }

  /**
   * @param connection holds the items' locks
   * @throws Rejected {@code not_ready} if the results are not any more those that the type saw
   */
  void requireUnchanged(SqlClient connection, UUID order) {
    if (!items.equals(inForce(connection, order))) {
      throw new Rejected(
          ErrorCode.NOT_READY,
          "Order %s changed while it was being approved; look at it again".formatted(order));
    }
  }

  List<Submission> submitted() {
    return items.stream().filter(item -> item.state() == ItemState.SUBMITTED).toList();
  }

  private static List<Submission> inForce(SqlClient client, UUID order) {
    return OrderStore.items(client, order).stream()
        .map(Basis::decided)
        .filter(item -> item.state() == ItemState.SUBMITTED || item.state() == ItemState.ACCEPTED)
        .toList();
  }

  /** An item whose own change is made is as accepted as before. */
  private static Submission decided(Submission item) {
    return item.state() == ItemState.COMPLETED
        ? new Submission(item.view(), ItemState.ACCEPTED, item.fence())
        : item;
  }
}
