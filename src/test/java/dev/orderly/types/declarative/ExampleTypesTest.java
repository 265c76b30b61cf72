package dev.orderly.types.declarative;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.domain.Violation;
import dev.orderly.testing.TypeTexts;
import dev.orderly.types.ApplySpec;
import dev.orderly.types.Diff;
import dev.orderly.types.Diffs;
import dev.orderly.types.ItemPlan;
import dev.orderly.types.OrderView;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.postgresql.util.PGobject;

/** The examples as they are shipped, with their SQL on a real database. */
class ExampleTypesTest {
  private static final Pattern PARAMETER = Pattern.compile("(?<!:):([a-z_]+)");

  private static EmbeddedPostgres postgres;
  private static Connection connection;

  @BeforeAll
  static void start() throws Exception {
    postgres = EmbeddedPostgres.start();
    connection = postgres.getPostgresDatabase().getConnection();
  }

  @AfterAll
  static void stop() throws Exception {
    connection.close();
    postgres.close();
  }

  @Test
  void userDataIsPlannedByFifties() {
    var type = example("user-data-sync");
    var ids = new JsonArray(IntStream.rangeClosed(1, 101).boxed().toList());

    var plan = type.plan(users(ids));

    assertThat(plan).extracting(ItemPlan::key).containsExactly("batch-1", "batch-2", "batch-3");
    assertThat(plan.getLast().input())
        .isEqualTo(new JsonObject().put("source", "crm").put("user_ids", new JsonArray().add(101)));
    assertThat(type.plan(users(new JsonArray()))).isEmpty();
  }

  @Test
  void userDataPayloadHasItsRules() {
    var payload = new JsonObject("{\"source\":\"sales\",\"user_ids\":[1,\"2\"]}");

    assertThat(example("user-data-sync").validatePayload(payload))
        .extracting(Violation::pointer)
        .containsExactlyInAnyOrder("/source", "/user_ids/1");
  }

  @Test
  void userDataSubmissionMustVerifyAndCoverTheBatch() {
    var type = example("user-data-sync");
    var order = users(new JsonArray().add(1).add(2));
    var item = TypeTexts.item(type.plan(order).getFirst(), null);

    assertThat(
            type.validateSubmission(
                order,
                item,
                new JsonObject(
                    "{\"success\":1,\"synced_users\":[{\"user_id\":1,\"verified\":false}]}")))
        .extracting(Violation::pointer)
        .containsExactlyInAnyOrder("/success", "/synced_users/0/verified");
    for (var covered : List.of("[]", "[{\"user_id\":2,\"verified\":true}]")) {
      assertThat(
              type.validateSubmission(
                  order,
                  item,
                  new JsonObject(
                      "{\"success\":true,\"synced_users\":" + covered + ",\"verified\":true}")))
          .containsExactly(
              new Violation(
                  "/synced_users", "all_users_synced", "Not all users in batch were synced"));
    }
    assertThat(
            type.validateSubmission(
                order,
                item,
                new JsonObject(
                    "{\"success\":true,\"synced_users\":[{\"user_id\":2,\"verified\":true},"
                        + "{\"user_id\":1,\"verified\":true}],\"verified\":true}")))
        .isEmpty();
  }

  @Test
  void userDataUpdatesOnlyUsersThatExist() throws Exception {
    var type = example("user-data-sync");
    setUp(type);
    run(
        "insert into users (id, data) values (1, '{\"name\":\"Ada\",\"plan\":\"free\"}'), (2, '{}')",
        Map.of());
    var result =
        new JsonObject(
            """
            {"success":true,"synced_users":[
              {"user_id":1,"verified":true,"data":{"plan":"pro"}},
              {"user_id":2,"verified":true},
              {"user_id":9,"verified":true,"data":{"name":"Nobody"}}]}
            """);

    var diff = apply(type, users(new JsonArray().add(1).add(2).add(9)), result);

    assertThat(diff.before()).isEqualTo(new JsonObject().put("updated_count", 0));
    assertThat(diff.after()).isEqualTo(new JsonObject().put("updated_count", 2));
    assertThat(diff.summary()).isEqualTo("Synced data for 2 users");
    assertThat(rows("select id, data from users order by id", Map.of()).encode())
        .isEqualTo(
            "[{\"id\":1,\"data\":{\"name\":\"Ada\",\"plan\":\"pro\"}},{\"id\":2,\"data\":{}}]");
  }

  @Test
  void recordsMustBeCheckedCompleteAndEachOnce() {
    var type = example("database-record-insert");
    var order = records();
    var item = TypeTexts.item(type.plan(order).getFirst(), null);

    assertThat(item.input().getJsonArray("required_fields"))
        .isEqualTo(new JsonArray().add("email"));
    assertThat(type.plan(order)).hasSize(2);
    assertThat(
            type.validateSubmission(
                order,
                item,
                recordsResult("[\"a\",{\"email\":\"\"}],[\"a\",{}],[\"x\",{\"email\":\"x@y\"}]")))
        .containsExactlyInAnyOrder(
            new Violation(
                "/records", "every_record_submitted", "Records of the batch that are missing: b"),
            new Violation("/records", "no_other_record", "Records that are not of the batch: x"),
            new Violation("/records", "each_record_once", "A record was submitted more than once"),
            new Violation(
                "/records",
                "required_fields_filled",
                "Records without a required field: a (email); a (email)"));
    assertThat(
            type.validateSubmission(
                order,
                item,
                recordsResult("[\"b\",{\"email\":\"b@y\"}],[\"a\",{\"email\":\"a@y\"}]")))
        .isEmpty();
  }

  @Test
  void recordsWithoutRequiredFieldsNeedNone() {
    var type = example("database-record-insert");
    var order =
        TypeTexts.order(
            type.name(),
            new JsonObject("{\"dataset\":\"d\",\"records\":[{\"key\":\"a\",\"data\":{}}]}"));
    var item = TypeTexts.item(type.plan(order).getFirst(), null);

    assertThat(type.validateSubmission(order, item, recordsResult("[\"a\",{}]"))).isEmpty();
  }

  @Test
  void recordsAreInsertedOnce() throws Exception {
    var type = example("database-record-insert");
    setUp(type);
    var order = records();
    var first = recordsResult("[\"a\",{\"email\":\"a@y\"}],[\"b\",{\"email\":\"b@y\"}]");
    var second = recordsResult("[\"c\",{\"email\":\"c@y\"}]");

    var diff = apply(type, order, first, second);
    var again = apply(type, order, first, second);

    assertThat(diff.before()).isEqualTo(new JsonObject());
    assertThat(diff.summary()).isEqualTo("Inserted 3 of 3 records into contacts");
    assertThat(diff.changes()).hasSize(3);
    assertThat(again.summary()).isEqualTo("Inserted 0 of 3 records into contacts");
    assertThat(again.changes()).isEmpty();
    assertThat(again.after()).isEqualTo(diff.after());
  }

  @Test
  void citiesArePlannedInBatches() {
    var type = example("city-tiers");

    assertThat(type.plan(cities(51, null))).hasSize(3);
    assertThat(type.plan(cities(51, 50))).hasSize(2);
    var lone = type.plan(cities(1, null));
    assertThat(lone).hasSize(1);
    assertThat(lone.getFirst().input().getJsonArray("cities")).hasSize(1);
  }

  @Test
  void citiesMustBeClassifiedEachOnceAndNoOthers() {
    var type = example("city-tiers");
    var order = cities(3, null);
    var item = TypeTexts.item(type.plan(order).getFirst(), null);

    assertThat(type.validateSubmission(order, item, tiers("1 small", "1 large", "9 small")))
        .containsExactlyInAnyOrder(
            new Violation(
                "/cities", "every_city_classified", "Cities of the batch that are missing: 2, 3"),
            new Violation("/cities", "no_other_city", "Cities that are not of the batch: 9"),
            new Violation("/cities", "each_city_once", "A city was classified more than once"));
    assertThat(type.validateSubmission(order, item, tiers()))
        .extracting(Violation::code)
        .containsExactly("every_city_classified");
    assertThat(type.validateSubmission(order, item, tiers("1 huge")))
        .extracting(Violation::pointer)
        .containsExactly("/cities/0/tier");
    assertThat(type.validateSubmission(order, item, tiers("3 small", "1 large", "2 small")))
        .isEmpty();
  }

  @Test
  void citiesAreApprovedOnlyAllTogether() {
    var type = example("city-tiers");
    var order = cities(3, 2);
    var plan = type.plan(order);
    var first = TypeTexts.item(plan.get(0), tiers("1 small", "2 small"));

    assertThat(
            type.canApprove(order, List.of(first, TypeTexts.item(plan.get(1), tiers("3 small")))))
        .isEmpty();
    assertThat(type.canApprove(order, List.of(first, TypeTexts.item(plan.get(1), null))))
        .extracting(Violation::code)
        .containsExactly("all_cities_covered");
  }

  @Test
  void cityTiersAreWrittenAndOverwritten() throws Exception {
    var type = example("city-tiers");
    setUp(type);
    var order = cities(3, 2);

    var diff = apply(type, order, tiers("1 small", "2 large"), tiers("3 small"));
    var change = apply(type, order, tiers("1 small", "2 small"), tiers("3 small"));

    assertThat(diff.before()).isEqualTo(new JsonObject());
    assertThat(diff.summary()).isEqualTo("Classified 3 cities into 2 tiers");
    assertThat(((JsonObject) diff.after()).getJsonObject("2"))
        .isEqualTo(
            new JsonObject()
                .put("city_id", 2)
                .put("name", "City 2")
                .put("country", "Here")
                .put("population", 2000)
                .put("tier", "large"));
    assertThat(change.changes().encode())
        .isEqualTo("[{\"op\":\"replace\",\"path\":\"/2/tier\",\"value\":\"small\"}]");
    assertThat(change.summary()).isEqualTo("Classified 3 cities into 1 tiers");
  }

  private static DeclarativeType example(String name) {
    return TypeFiles.load(List.of(Path.of("examples", name, name + ".type.yaml"))).getFirst();
  }

  private static OrderView users(JsonArray ids) {
    return TypeTexts.order(
        "user.data.sync", new JsonObject().put("source", "crm").put("user_ids", ids));
  }

  private static OrderView records() {
    return TypeTexts.order(
        "database.record.insert",
        new JsonObject(
            """
            {"dataset":"contacts","batch_size":2,"required_fields":["email"],"records":[
              {"key":"a","data":{}},{"key":"b","data":{"email":"b"}},{"key":"c","data":{}}]}
            """));
  }

  /** Pairs of key and data. */
  private static JsonObject recordsResult(String pairs) {
    var records = new JsonArray();
    for (var pair : new JsonArray("[" + pairs + "]")) {
      var record = (JsonArray) pair;
      records.add(
          new JsonObject()
              .put("key", record.getString(0))
              .put("data", record.getJsonObject(1))
              .put("verified", true));
    }
    return new JsonObject().put("records", records);
  }

  private static OrderView cities(int count, Integer batchSize) {
    var cities = new JsonArray();
    for (int id = 1; id <= count; id++) {
      cities.add(
          new JsonObject()
              .put("city_id", id)
              .put("name", "City " + id)
              .put("country", "Here")
              .put("population", 1000 * id));
    }
    var payload = new JsonObject().put("cities", cities);
    if (batchSize != null) {
      payload.put("batch_size", batchSize);
    }
    assertThat(example("city-tiers").validatePayload(payload)).isEmpty();
    return TypeTexts.order("city.tiers.classify", payload);
  }

  /** Each an id and a tier. */
  private static JsonObject tiers(String... idsAndTiers) {
    var cities = new JsonArray();
    for (var text : idsAndTiers) {
      var words = text.split(" ");
      cities.add(new JsonObject().put("city_id", Integer.valueOf(words[0])).put("tier", words[1]));
    }
    return new JsonObject().put("cities", cities);
  }

  private static void setUp(DeclarativeType type) throws SQLException {
    for (var statement : ((ApplySpec.Sql) type.apply()).setup()) {
      run(statement, Map.of());
      run(statement, Map.of());
    }
  }

  /** The order of work that a SQL change has, in its plainest form. */
  private static Diff apply(DeclarativeType type, OrderView order, JsonObject... results)
      throws SQLException {
    var sql = (ApplySpec.Sql) type.apply();
    var items = new JsonArray();
    for (var result : results) {
      items.add(new JsonObject().put("result", result));
    }
    var document =
        new JsonObject()
            .put(
                "order",
                new JsonObject().put("id", order.id().toString()).put("payload", order.payload()))
            .put("items", items);
    document.put("before", snapshot(sql.before(), document));
    var steps = new JsonObject();
    document.put("steps", steps);
    for (var step : sql.steps()) {
      int rows = run(step.statement(), values(step.params(), document));
      steps.put(step.name(), new JsonObject().put("rows", rows));
    }
    document.put("after", snapshot(sql.after(), document));
    return Diffs.of(
        document.getValue("before"),
        document.getValue("after"),
        (String) sql.summary().evaluate(document));
  }

  private static Object snapshot(ApplySpec.Sql.Snapshot snapshot, JsonObject document)
      throws SQLException {
    return switch (snapshot) {
      case ApplySpec.Sql.Snapshot.Value value -> value.expression().evaluate(document);
      case ApplySpec.Sql.Snapshot.Query query -> {
        var keyed = new JsonObject();
        for (var row : rows(query.sql(), values(query.params(), document))) {
          keyed.put(((JsonObject) row).getValue(query.key()).toString(), row);
        }
        yield keyed;
      }
    };
  }

  private static Map<String, Object> values(
      Map<String, ApplySpec.Expression> params, JsonObject document) {
    var values = new HashMap<String, Object>();
    params.forEach((name, expression) -> values.put(name, expression.evaluate(document)));
    return values;
  }

  private static int run(String sql, Map<String, Object> values) throws SQLException {
    try (var statement = prepare(sql, values)) {
      return statement.executeUpdate();
    }
  }

  private static JsonArray rows(String sql, Map<String, Object> values) throws SQLException {
    try (var statement = prepare("select to_jsonb(q) from (" + sql + ") q", values);
        ResultSet result = statement.executeQuery()) {
      var rows = new JsonArray();
      while (result.next()) {
        rows.add(new JsonObject(result.getString(1)));
      }
      return rows;
    }
  }

  private static PreparedStatement prepare(String sql, Map<String, Object> values)
      throws SQLException {
    var names = new ArrayList<String>();
    var text =
        PARAMETER
            .matcher(sql)
            .replaceAll(
                match -> {
                  names.add(match.group(1));
                  return "?";
                });
    var statement = connection.prepareStatement(text);
    for (int i = 0; i < names.size(); i++) {
      switch (values.get(names.get(i))) {
        case null -> statement.setNull(i + 1, Types.VARCHAR);
        case JsonArray array -> statement.setObject(i + 1, jsonb(array.encode()));
        case JsonObject object -> statement.setObject(i + 1, jsonb(object.encode()));
        case Object leaf -> statement.setString(i + 1, leaf.toString());
      }
    }
    return statement;
  }

  private static PGobject jsonb(String text) throws SQLException {
    var value = new PGobject();
    value.setType("jsonb");
    value.setValue(text);
    return value;
  }
}
