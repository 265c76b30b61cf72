package dev.orderly.applying.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.orderly.storage.StorageException;
import dev.orderly.testing.StubType;
import dev.orderly.testing.TestDatabase;
import dev.orderly.types.ApplySpec;
import dev.orderly.types.OrderType;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class SqlSetupTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  private static OrderType type(String datasource, String... setup) {
    return new StubType(
        "city.tiers", new ApplySpec.Sql(datasource, List.of(setup), List.of(), null, null, null));
  }

  @Test
  void preparesOrderlysDatabaseInThePublicSchema() {
    var setup = new SqlSetup(db.pool(), Map.of());
    var type =
        type(
            SqlSetup.OWN,
            "create table if not exists tiers (id int primary key); comment on table tiers is 'x'",
            "create index if not exists tiers_id on tiers (id)");

    setup.run(List.of(type));
    setup.run(List.of(type));

    assertThat(db.<String>value("select to_regclass('public.tiers')::text")).isEqualTo("tiers");
    assertThat(db.<String>value("select current_setting('search_path')"))
        .isEqualTo(TestDatabase.searchPath());
  }

  @Test
  void preparesAnotherDatabaseWithItsLedger() {
    var other = db.otherDatabase();

    new SqlSetup(db.pool(), Map.of("crm", other))
        .run(List.of(type("crm", "create table if not exists people (id int)")));

    assertThat(
            TestDatabase.rows(
                other,
                "select to_regclass('people')::text as a, to_regclass('orderly_applied')::text as b"))
        .containsExactly(new JsonObject().put("a", "people").put("b", "orderly_applied"));
  }

  @Test
  void namesTheTypeAndTheStatementThatFailed() {
    var setup = new SqlSetup(db.pool(), Map.of());
    var type = type(SqlSetup.OWN, "create table half (id int)", "create table (oops)");

    assertThatThrownBy(() -> setup.run(List.of(type)))
        .isInstanceOf(StorageException.class)
        .hasMessage(
            "Order type city.tiers: setup statement 2 of 2 failed on datasource orderly: "
                + "syntax error at or near \"(\"");
    assertThat(db.<String>value("select to_regclass('public.half')::text")).isNull();
  }

  @Test
  void namesTheDatasourceThatNobodyConfigured() {
    var setup = new SqlSetup(db.pool(), Map.of("crm", db.pool()));

    assertThatThrownBy(() -> setup.run(List.of(type("warehouse"))))
        .isInstanceOf(StorageException.class)
        .hasMessage(
            "Order type city.tiers: There is no datasource warehouse in the configuration; it names crm");
  }
}
