package dev.orderly.applying.sql;

import static dev.orderly.applying.ApplyFixture.computed;
import static dev.orderly.applying.ApplyFixture.sql;
import static dev.orderly.applying.ApplyFixture.step;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.orderly.applying.ApplyFixture;
import dev.orderly.applying.claim.Claim;
import dev.orderly.applying.claim.ClaimLost;
import dev.orderly.applying.hold.Expected;
import dev.orderly.storage.Tx;
import dev.orderly.testing.OrderRows;
import dev.orderly.testing.TestDatabase;
import dev.orderly.types.ApplySpec;
import dev.orderly.types.ApplySpec.Sql.Snapshot;
import dev.orderly.types.Diff;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Pool;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ForeignSqlApplyTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  private ApplyFixture apply;
  private Pool target;
  private ForeignSqlApplier applier;

  /** Runs in the middle of the change, while its transaction is open. */
  private Runnable meanwhile = () -> {};

  @BeforeEach
  void createTarget() {
    apply = new ApplyFixture(db);
    target = db.otherDatabase();
    apply.datasources.put("crm", target);
    applier =
        new ForeignSqlApplier(
            new Tx(db.pool()), apply.datasources, new SqlSetup(db.pool(), apply.datasources));
    TestDatabase.await(target.query("create table marks (order_id text)").execute());
    apply.type("crm", spec("insert into marks values (:id)"));
  }

  @AfterEach
  void clear() {
    apply.stopNodes();
    db.execute("delete from work_orders");
  }

  private ApplySpec.Sql spec(String statement) {
    var id =
        computed(
            doc -> {
              meanwhile.run();
              return doc.getJsonObject("order").getString("id");
            });
    return new ApplySpec.Sql(
        "crm",
        List.of(),
        List.of(step("mark", statement, Map.of("id", id))),
        new Snapshot.Value(computed(doc -> new JsonObject().put("marked", false))),
        new Snapshot.Value(computed(doc -> new JsonObject().put("marked", true))),
        null);
  }

  private UUID order() {
    return OrderRows.approved(db, "crm", 3, new JsonObject(), new JsonObject());
  }

  private Void run(Claim claim) {
    applier.apply(claim, spec("insert into marks values (:id)"), Expected.ANYTHING);
    return null;
  }

  private List<JsonObject> marks() {
    return TestDatabase.rows(target, "select order_id from marks");
  }

  @Test
  void commitsTheChangeWithItsEntryInTheTargetsLedger() {
    var order = order();

    apply.settle(order);

    assertThat(apply.state(order)).isEqualTo("completed");
    assertThat(marks()).containsExactly(new JsonObject().put("order_id", order.toString()));
    var entry = TestDatabase.rows(target, "select * from orderly_applied").getFirst();
    assertThat(entry.getString("order_id")).isEqualTo(order.toString());
    assertThat(entry.getJsonObject("diff")).isEqualTo(apply.order(order).getJsonObject("diff"));
    assertThat(entry.getJsonObject("diff").getJsonArray("changes"))
        .isEqualTo(
            new JsonArray()
                .add(
                    new JsonObject()
                        .put("op", "replace")
                        .put("path", "/marked")
                        .put("value", true)));
  }

  @Test
  void changesNothingAgainWhenTheProcessDiedBeforeTheRecord() {
    var order = order();
    var first = apply.claim("dead-node");
    // The change commits in the target; by then the claim is gone, so it is not recorded here.
    meanwhile =
        () -> {
          meanwhile = () -> {};
          apply.lapse(order);
          db.execute("update work_orders set apply_fence = apply_fence + 1 where id = $1", order);
        };
    assertThatThrownBy(() -> db.run(() -> run(first))).isInstanceOf(ClaimLost.class);
    assertThat(marks()).hasSize(1);
    assertThat(apply.state(order)).isEqualTo("approved");

    apply.settle(order);

    assertThat(marks()).hasSize(1);
    assertThat(apply.state(order)).isEqualTo("completed");
    assertThat(apply.order(order).getJsonObject("diff").getJsonObject("after"))
        .isEqualTo(new JsonObject().put("marked", true));
  }

  @Test
  void letsNoEarlierTryChangeAnythingOnceALaterOneBegan() {
    var order = order();
    var old = apply.claim("node-1");
    apply.lapse(order);
    var current = apply.claim("node-2");
    TestDatabase.await(
        target
            .query(
                "create table orderly_applied (order_id uuid primary key, fence bigint not null,"
                    + " diff jsonb, applied_at timestamptz)")
            .execute());
    var tx = new Tx(target);
    db.run(() -> tx.run(c -> Ledger.announce(c, order, current.fence())));
    db.run(() -> tx.run(c -> Ledger.announce(c, order, old.fence())));

    assertThatThrownBy(() -> db.run(() -> tx.run(c -> Ledger.look(c, order, old))))
        .isInstanceOf(ClaimLost.class);
    Diff made = db.run(() -> tx.run(c -> Ledger.look(c, order, current)));
    assertThat(made).isNull();
    db.run(() -> run(current));
    assertThat(marks()).hasSize(1);
  }

  @Test
  void rollsBackTheTargetsTransactionWhenAStatementIsRefused() {
    apply.type("crm", spec("insert into marks select :id union all select (1/0)::text"));
    var order = order();

    apply.settle(order);

    assertThat(apply.state(order)).isEqualTo("failed");
    assertThat(marks()).isEmpty();
    assertThat(TestDatabase.rows(target, "select 1 from orderly_applied where diff is not null"))
        .isEmpty();
  }

  @Test
  void failsTheOrderOfADatasourceThatNobodyConfigured() {
    apply.type("lost", sql("warehouse", step("only", "select 1", Map.of())));
    var order = OrderRows.approved(db, "lost", 3, new JsonObject(), new JsonObject());

    apply.settle(order);

    assertThat(apply.order(order).getJsonObject("error").getString("message"))
        .isEqualTo("There is no datasource warehouse in the configuration; it names crm");
  }
}
