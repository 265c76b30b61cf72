package dev.orderly.maintenance;

import static dev.orderly.domain.ItemState.LEASED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.domain.OrderState;
import dev.orderly.leasing.ending.ExpireLeases;
import dev.orderly.leasing.heartbeats.Heartbeats;
import dev.orderly.storage.Tx;
import dev.orderly.testing.OrderRows;
import dev.orderly.testing.TestDatabase;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class LeaseSweepTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  @Test
  void takesBackTheLeasesThatALostDeskLeft() {
    var order = OrderRows.inState(db, OrderState.CHECKED_OUT, "sync", LEASED, LEASED);
    db.execute(
        """
        update work_items set lease_expires_at = now() - interval '1 second'
        where order_id = $1 and position = 0
        """,
        order);
    var expire = new ExpireLeases(new Tx(db.pool()), db.bus(), Heartbeats.none());

    assertThat(db.run(() -> new LeaseSweep(expire).run())).isEqualTo(1);

    assertThat(OrderRows.itemStates(db, order)).containsExactly("queued", "leased");
    OrderRows.assertCounted(db, order);
  }
}
