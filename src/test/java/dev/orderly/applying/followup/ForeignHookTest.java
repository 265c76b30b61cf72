package dev.orderly.applying.followup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.applying.ApplyFixture;
import dev.orderly.applying.claim.ApplyStore;
import dev.orderly.applying.sql.ForeignSqlApplier;
import dev.orderly.applying.sql.HookSql;
import dev.orderly.applying.sql.SqlSetup;
import dev.orderly.storage.Tx;
import dev.orderly.testing.OrderRows;
import dev.orderly.testing.TestDatabase;
import dev.orderly.testing.TestType;
import dev.orderly.types.ApplyExtras;
import dev.orderly.types.ApplyExtras.Hook;
import dev.orderly.types.Diffs;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Pool;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Statements after a change, in a database other than Orderly's. */
@Timeout(60)
class ForeignHookTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  private final ApplyFixture apply = new ApplyFixture(db);
  private final Hook.Sql hook =
      new Hook.Sql(
          "crm",
          "insert into told values (:id)",
          Map.of(
              "id",
              ApplyFixture.computed(document -> document.getJsonObject("order").getString("id"))));
  private Pool crm;

  @BeforeEach
  void connect() {
    crm = db.otherDatabase();
    TestDatabase.await(crm.query("create table told (id text)").execute());
    apply.datasources.put("crm", crm);
    apply.types.add(new TestType("told").extras(new ApplyExtras(false, List.of(hook), null)));
  }

  private UUID order() {
    return OrderRows.approved(db, "told", 3, new JsonObject(), new JsonObject());
  }

  private long told() {
    return TestDatabase.rows(crm, "select count(*) as n from told").getFirst().getLong("n");
  }

  @Test
  void runsOnceTheChangeIsMade() {
    var order = order();

    apply.settle(order);

    assertThat(apply.state(order)).isEqualTo("completed");
    assertThat(told()).isEqualTo(1);
  }

  @Test
  void isNotRepeatedIfItsNodeDiedBeforeItCouldSayThatItIsDone() {
    var order = order();
    var claim = apply.claim("dead-node").followed(true);
    var tx = new Tx(db.pool());
    db.run(
        () ->
            tx.run(
                connection -> {
                  var approved = ApplyStore.lock(connection, claim);
                  ApplyStore.complete(connection, claim, approved, Diffs.none("made"));
                  return null;
                }));
    var foreign =
        new ForeignSqlApplier(tx, apply.datasources, new SqlSetup(db.pool(), apply.datasources));
    var document = new JsonObject().put("order", new JsonObject().put("id", order.toString()));
    db.run(
        () -> {
          new HookSql(foreign)
              .runForeign(claim.afterChange(), AfterApply.key(claim, 0), hook, document);
          return null;
        });
    apply.lapse(order);

    apply.settle(order);

    assertThat(apply.state(order)).isEqualTo("completed");
    assertThat(told()).isEqualTo(1);
  }
}
