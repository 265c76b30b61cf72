package dev.orderly.applying.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.orderly.applying.ApplyFixture;
import dev.orderly.applying.claim.ApplyFailed;
import dev.orderly.applying.claim.Claim;
import dev.orderly.applying.hold.Expected;
import dev.orderly.storage.StorageException;
import dev.orderly.storage.Tx;
import dev.orderly.testing.OrderRows;
import dev.orderly.testing.StubType;
import dev.orderly.testing.TestDatabase;
import dev.orderly.testing.TypeTexts;
import dev.orderly.types.ApplySpec;
import dev.orderly.types.ApplySpec.Sql.Step;
import dev.orderly.types.OrderType;
import dev.orderly.types.TypeFileException;
import dev.orderly.types.declarative.DeclarativeType;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class SqlSetupTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  @TempDir Path directory;

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
  void namesTheDatasourceThatNobodyConfigured() {
    var setup = new SqlSetup(db.pool(), Map.of("crm", db.pool()));

    assertThatThrownBy(() -> setup.run(List.of(type("warehouse"))))
        .isInstanceOf(StorageException.class)
        .hasMessage(
            "Order type city.tiers: There is no datasource warehouse in the configuration; it names crm");
  }

  @Test
  void checksWhatFollowsAChange() {
    var type =
        TypeTexts.type(
            directory,
            TypeTexts.LEAST
                + """
                after_apply:
                  - sql: { statement: select 1 }
                  - sql:
                      statement: |
                        insert into
                        nowhere values (:id)
                      params: { id: order.id }
                """);

    assertThat(refused(type))
        .containsExactly(
            at(
                12,
                "after_apply.1.sql.statement: " + ORDERLY + "relation \"nowhere\" does not exist"));
  }

  @Test
  void namesTheDatasourceOfAHookThatNobodyConfigured() {
    var type =
        TypeTexts.type(
            directory,
            TypeTexts.LEAST
                + "after_apply: [ { sql: { datasource: warehouse, statement: select 1 } } ]\n");

    assertThatThrownBy(() -> new SqlSetup(db.pool(), Map.of()).run(List.of(type)))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("There is no datasource warehouse in the configuration");
  }

  private DeclarativeType declared(String sql) {
    return TypeTexts.type(
        directory,
        """
        type: declared
        payload: {}
        submission:
          schema: {}
        apply:
          sql:
        """
            + sql.indent(4));
  }

  private List<String> refused(DeclarativeType... types) {
    var setup = new SqlSetup(db.pool(), Map.of());
    return catchThrowableOfType(TypeFileException.class, () -> setup.run(List.of(types))).lines();
  }

  private String at(int line, String fault) {
    return directory.resolve("one.type.yaml") + ":" + line + ": " + fault;
  }

  private static final String ORDERLY = "refused by datasource orderly: ";

  private static final String DIFF =
      """
      diff:
        before: { value: '{}' }
        after: { value: '{}' }
      """;

  @Test
  void namesFileAndLineOfASetupStatementThatIsRefused() {
    var type =
        declared(
            """
            setup:
              - create table half (id int)
              - |
                create table tiers2 (
                  id int,
                  oops
                )
            steps:
              - name: one
                statement: insert into half values (1)
            """
                + DIFF);

    assertThat(refused(type))
        .containsExactly(
            at(
                13,
                "apply.sql.setup.1: refused by datasource orderly: syntax error at or near \")\""));
    assertThat(db.<String>value("select to_regclass('public.half')::text")).isNull();
  }

  @Test
  void namesFileAndLineOfEachStatementThatTheDatabaseDoesNotTake() {
    var type =
        declared(
            """
            setup: ['create table if not exists towns (id int primary key, tier text)']
            steps:
              - name: column
                params: { rows: items.result, source: order.payload.source }
                statement: |
                  insert into towns (id, tier)
                  select r.id,
                    r.level
                  from jsonb_to_recordset(:rows) as r(id int, tier text) where :source = 'x'
              - name: table
                statement: delete from twons
              - name: function
                params: { id: order.id }
                statement: select no_such_function(:id)
              - name: good
                params: { a: order.meta, b: order.payload, c: order.id }
                statement: update towns set tier = :a ->> 'x' where :b @> '{}' and id = :c::int
            diff:
              before:
                query: |
                  select id
                    , teir from towns
              after: { query: select id from towns;, key: name }
            """);

    assertThat(refused(type))
        .containsExactly(
            at(28, "apply.sql.diff.before.query: " + ORDERLY + "column \"teir\" does not exist"),
            at(14, "apply.sql.steps.0.statement: " + ORDERLY + "column r.level does not exist"),
            at(17, "apply.sql.steps.1.statement: " + ORDERLY + "relation \"twons\" does not exist"),
            at(
                20,
                "apply.sql.steps.2.statement: "
                    + ORDERLY
                    + "function no_such_function(text) does not exist"),
            at(29, "apply.sql.diff.after.key: " + ORDERLY + "column r.name does not exist"));
  }

  @Test
  void namesFileAndLineOfAStatementThatUndoesAChange() {
    var type =
        TypeTexts.type(
            directory,
            """
            type: declared
            payload: {}
            submission: { schema: {} }
            apply:
              sql:
                setup: ['create table if not exists undone (id int)']
                steps: [{ name: put, statement: insert into undone values (1) }]
                diff: { before: { value: "{}" }, after: { value: "{}" } }
            revert:
              sql:
                steps:
                  - name: remove
                    statement: delete from undone where number = 1
                diff: { before: { value: "{}" }, after: { value: "{}" } }
            """);

    assertThat(refused(type))
        .containsExactly(
            at(
                13,
                "revert.sql.steps.0.statement: " + ORDERLY + "column \"number\" does not exist"));
  }

  @Test
  void leavesWhatAStepMayMakeToTheApply() {
    var steps =
        """
        steps:
          - name: temporary
            statement: create temp table picked (id int) on commit drop
          - name: use
            statement: insert into picked values (1)
          - name: more
            statement: STATEMENT
        diff:
          before: { value: '{}' }
          after: { query: select id from picked }
        """;
    new SqlSetup(db.pool(), Map.of())
        .run(List.of(declared(steps.replace("STATEMENT", "delete from picked"))));

    assertThat(refused(declared(steps.replace("STATEMENT", "delet from picked"))))
        .singleElement()
        .asString()
        .contains("syntax error");
  }

  /** As a server that stands still while {@code away}; what it is asked for then fails. */
  private static Pool reachable(AtomicBoolean away) {
    var address = db.address();
    return PgBuilder.pool()
        .connectingTo(
            () ->
                Future.succeededFuture(
                    new PgConnectOptions()
                        .setHost(address.host())
                        .setPort(away.get() ? 1 : address.port())
                        .setDatabase(address.database())
                        .setUser(address.user())
                        .setPassword(address.password())
                        .setProperties(Map.of("search_path", "public"))))
        .with(new PoolOptions().setMaxSize(2))
        .using(db.vertx())
        .build();
  }

  @Test
  void preparesBeforeTheFirstChangeWhatWasAwayAtTheStart() {
    var apply = new ApplyFixture(db);
    var away = new AtomicBoolean(true);
    var pool = reachable(away);
    apply.datasources.put("crm", pool);
    var setup = new SqlSetup(db.pool(), apply.datasources);
    var step = ApplyFixture.step("one", "insert into visits values (1)", Map.of());
    var good = "create table if not exists visits (id int)";
    apply.type("good", spec("crm", List.of(good), step));
    apply.type("bad", spec("crm", List.of("create table (oops)"), step));

    setup.run(apply.types.all());

    var order = OrderRows.approved(db, "good", 3, new JsonObject(), new JsonObject());
    var claim = apply.claim("node");
    var applier = new ForeignSqlApplier(new Tx(db.pool()), apply.datasources, setup);
    assertThatThrownBy(() -> db.run(() -> apply(applier, claim, apply, "good")))
        .isInstanceOf(IOException.class);
    assertThat(apply.state(order)).isEqualTo("approved");

    away.set(false);
    db.run(() -> apply(applier, claim, apply, "good"));
    assertThat(apply.state(order)).isEqualTo("completed");
    assertThat(db.<Long>value("select count(*) from public.visits")).isEqualTo(1);

    OrderRows.approved(db, "bad", 3, new JsonObject(), new JsonObject());
    var other = apply.claim("node");
    assertThatThrownBy(() -> db.run(() -> apply(applier, other, apply, "bad")))
        .isInstanceOf(ApplyFailed.class)
        .hasMessage(
            "type bad: apply.sql.setup.0: refused by datasource crm: syntax error at or near \"(\"");
  }

  private static Void apply(
      ForeignSqlApplier applier, Claim claim, ApplyFixture fixture, String type) {
    applier.apply(
        claim,
        (ApplySpec.Sql) fixture.types.current(type).orElseThrow().apply(),
        Expected.ANYTHING);
    return null;
  }

  private static ApplySpec.Sql spec(String datasource, List<String> setup, Step... steps) {
    return new ApplySpec.Sql(datasource, setup, List.of(steps), null, null, null);
  }

  @Test
  void startsNotWithoutOrderlysOwnDatabase() {
    var setup = new SqlSetup(reachable(new AtomicBoolean(true)), Map.of());

    assertThatThrownBy(() -> setup.run(List.of(type(SqlSetup.OWN))))
        .isInstanceOf(StorageException.class)
        .hasMessageStartingWith("Order type city.tiers: datasource orderly cannot be reached: ");
  }
}
