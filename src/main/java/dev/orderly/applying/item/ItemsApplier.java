package dev.orderly.applying.item;

import dev.orderly.applying.claim.ApplyStore;
import dev.orderly.applying.claim.Claim;
import dev.orderly.lifecycle.ItemApplies;
import dev.orderly.storage.Tx;
import dev.orderly.types.Diff;
import dev.orderly.types.Diffs;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;

/** Completes an order whose items were applied one by one: its diff is what theirs amount to. */
public final class ItemsApplier {
  private static final String DIFFS =
      """
      select id, key, diff from work_items
      where order_id = $1 and state = 'completed' and diff is not null order by position
      """;

  private final Tx tx;

  public ItemsApplier(Tx tx) {
    this.tx = tx;
  }

  /**
   * Nothing is changed any more: each item's change was recorded with it.
   *
   * @throws dev.orderly.applying.claim.ClaimLost if the claim does not hold the order any more
   */
  public void collect(Claim claim) {
    tx.run(
        connection -> {
          var approved = ApplyStore.lock(connection, claim);
          ApplyStore.complete(connection, claim, approved, collected(connection, claim));
          // What failed stays failed: nothing of a completed order is tried again.
          ItemApplies.forget(connection, claim.orderId());
          return null;
        });
  }

  private static Diff collected(SqlConnection connection, Claim claim) {
    var before = new JsonObject();
    var after = new JsonObject();
    for (Row row : connection.preparedQuery(DIFFS).execute(Tuple.of(claim.orderId())).await()) {
      var diff = Diff.of(row.getJsonObject("diff"));
      var key = row.getString("key");
      var name = key == null || after.containsKey(key) ? row.getUUID("id").toString() : key;
      before.put(name, diff.before());
      after.put(name, diff.after());
    }
    int items = after.size();
    return Diffs.of(before, after, items == 1 ? "1 item applied" : items + " items applied");
  }
}
