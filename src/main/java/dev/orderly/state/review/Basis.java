package dev.orderly.state.review;

import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.ItemState;
import dev.orderly.domain.Rejected;
import dev.orderly.domain.Violation;
import dev.orderly.leasing.KnownTypes;
import dev.orderly.leasing.KnownTypes.Version;
import dev.orderly.lifecycle.ChangePreviews.Prepared;
import dev.orderly.state.Commands;
import dev.orderly.state.Hooks;
import dev.orderly.state.OrderRow;
import dev.orderly.state.OrderStore;
import dev.orderly.state.OrderStore.Standing;
import dev.orderly.state.OrderStore.Submission;
import dev.orderly.state.TypeMissing;
import dev.orderly.types.ItemView;
import dev.orderly.types.OrderType;
import dev.orderly.types.TypeFailure;
import io.vertx.sqlclient.SqlClient;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * The results that an approval rests on, and what the type has against them. The type is asked
 * before the transaction begins: its rules may take their time.
 *
 * @param items those that are submitted or accepted, in the plan's order
 * @param prediction what the change must come out as, if the type holds it to that
 */
record Basis(List<Submission> items, List<Violation> objections, Prepared prediction) {
  private static final Set<ItemState> IN_FORCE =
      EnumSet.of(ItemState.SUBMITTED, ItemState.ACCEPTED, ItemState.COMPLETED);

  /** Asks types. */
  record Types(Commands commands, KnownTypes known, Hooks hooks, ApprovedPrediction predictions) {

    /**
     * @param prediction the digest of the prediction that is approved; null for whichever is stored
     */
    Basis look(OrderRow order, String prediction) {
      var version = new Version(order.type(), order.typeVersion());
      var type = known.resolve(List.of(version)).await().get(version);
      if (type == null) {
        throw TypeMissing.of(order.type(), order.typeVersion());
      }
      var items =
          OrderStore.items(commands.pool(), order.id(), IN_FORCE).stream()
              .map(Basis::decided)
              .toList();
      var views = items.stream().map(Submission::view).toList();
      // What undoes a change is no result that the type has checks for.
      List<Violation> objections =
          order.reverts() != null ? List.of() : hooks.run(() -> objections(type, order, views));
      var prepared =
          objections.isEmpty() ? predictions.prepare(type, order, prediction) : Prepared.NONE;
      return new Basis(items, objections, prepared);
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
    var seen = items.stream().map(i -> new Standing(i.view().id(), i.state(), i.fence())).toList();
    if (!seen.equals(inForce(connection, order))) {
      throw new Rejected(
          ErrorCode.NOT_READY,
          "Order %s changed while it was being approved; look at it again".formatted(order));
    }
  }

  List<Submission> submitted() {
    return items.stream().filter(item -> item.state() == ItemState.SUBMITTED).toList();
  }

  private static List<Standing> inForce(SqlClient client, UUID order) {
    return OrderStore.standings(client, order).stream()
        .filter(item -> IN_FORCE.contains(item.state()))
        .map(item -> new Standing(item.id(), decided(item.state()), item.fence()))
        .toList();
  }

  private static Submission decided(Submission item) {
    return new Submission(item.view(), decided(item.state()), item.fence());
  }

  /** An item whose own change is made is as accepted as before. */
  private static ItemState decided(ItemState state) {
    return state == ItemState.COMPLETED ? ItemState.ACCEPTED : state;
  }
}
