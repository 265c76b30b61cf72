package dev.orderly.applying.sql;

import dev.orderly.applying.claim.ApplyFailed;
import dev.orderly.applying.claim.Approved;
import dev.orderly.storage.SqlState;
import dev.orderly.types.ApplySpec;
import dev.orderly.types.ApplySpec.Expression;
import dev.orderly.types.ApplySpec.Sql.Snapshot;
import dev.orderly.types.Diff;
import dev.orderly.types.Diffs;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import java.util.HashMap;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Runs a type's statements in the caller's transaction: the state before, the steps, the state
 * after, and the diff between the two.
 */
public final class SqlChange {
  /** Rows of one side of a diff. */
  private static final int SNAPSHOT_ROWS_MAX = 20_000;

  private final SqlConnection connection;
  private final ApplySpec.Sql spec;

  private SqlChange(SqlConnection connection, ApplySpec.Sql spec) {
    this.connection = connection;
    this.spec = spec;
  }

  /**
   * @throws ApplyFailed if a statement or what it gives is at fault
   * @throws dev.orderly.types.TypeFailure if an expression is
   */
  static Diff run(SqlConnection connection, ApplySpec.Sql spec, Approved approved) {
    return new SqlChange(connection, spec).run(approved);
  }

  /**
   * Runs one statement, as a step's.
   *
   * @param what it is, for messages
   * @return how many rows it changed
   */
  static int statement(
      SqlConnection connection,
      String what,
      String statement,
      Map<String, Expression> params,
      JsonObject document) {
    return new SqlChange(connection, null).execute(what, statement, params, document).rowCount();
  }

  private Diff run(Approved approved) {
    var document = approved.document();
    var before = snapshot("before", spec.before(), document);
    var steps = new JsonObject();
    for (var step : spec.steps()) {
      var rows = execute("Step " + step.name(), step.statement(), step.params(), document);
      steps.put(step.name(), new JsonObject().put("rows", rows.rowCount()));
    }
    document.put("steps", steps).put("before", before);
    var after = snapshot("after", spec.after(), document);
    document.put("after", after);
    return Diffs.of(before, after, summary(spec.summary(), document));
  }

  /** The one line that an expression gives; null if there is none. */
  public static String summary(Expression expression, JsonObject document) {
    Object line = expression == null ? null : expression.evaluate(document);
    return line == null ? null : line.toString();
  }

  private Object snapshot(String side, Snapshot snapshot, JsonObject document) {
    return switch (snapshot) {
      case null -> new JsonObject();
      case Snapshot.Value(Expression expression) -> side(side, expression.evaluate(document));
      case Snapshot.Query query -> rows(side, query, document);
    };
  }

  private static Object side(String side, Object value) {
    return switch (value) {
      case null -> new JsonObject();
      case JsonObject object -> object;
      case JsonArray array -> array;
      default ->
          throw ApplyFailed.forGood(
              "The diff's %s side must be an object or an array, found %s"
                  .formatted(side, Json.encode(value)));
    };
  }

  /** A snapshot's query as it is sent: PostgreSQL itself turns its rows into JSON. */
  static String snapshot(String sql) {
    var select =
        "select row_to_json(r)::text as row from snapshot_rows r limit %d"
            .formatted(SNAPSHOT_ROWS_MAX + 1);
    return withRows(sql, select);
  }

  /** What is selected from a query's rows; the query begins on the second line. */
  static String withRows(String sql, String select) {
    // The line break ends a comment.
    return "with snapshot_rows as (\n%s\n) %s".formatted(stripEnd(sql), select);
  }

  private Object rows(String side, Snapshot.Query query, JsonObject document) {
    var what = "The diff's %s query".formatted(side);
    var found = execute(what, query.sql(), query.params(), document, SqlChange::snapshot);
    if (found.size() > SNAPSHOT_ROWS_MAX) {
      throw ApplyFailed.forGood("%s gives more than %d rows".formatted(what, SNAPSHOT_ROWS_MAX));
    }
    var list = new JsonArray();
    for (Row row : found) {
      list.add(new JsonObject(row.getString("row")));
    }
    return query.key() == null ? list : keyed(what, query.key(), list);
  }

  private static JsonObject keyed(String what, String key, JsonArray rows) {
    var byKey = new JsonObject();
    for (int i = 0; i < rows.size(); i++) {
      var row = rows.getJsonObject(i);
      var value = row.getValue(key);
      if (value == null) {
        throw ApplyFailed.forGood("%s gives a row without its key %s".formatted(what, key));
      }
      if (byKey.containsKey(value.toString())) {
        throw ApplyFailed.forGood("%s gives two rows whose %s is %s".formatted(what, key, value));
      }
      byKey.put(value.toString(), row);
    }
    return byKey;
  }

  private static String stripEnd(String sql) {
    var stripped = sql.strip();
    return stripped.endsWith(";") ? stripped.substring(0, stripped.length() - 1) : stripped;
  }

  private RowSet<Row> execute(
      String what, String statement, Map<String, Expression> params, JsonObject document) {
    return execute(what, statement, params, document, UnaryOperator.identity());
  }

  private RowSet<Row> execute(
      String what,
      String statement,
      Map<String, Expression> params,
      JsonObject document,
      UnaryOperator<String> form) {
    var values = new HashMap<String, Object>();
    params.forEach((name, expression) -> values.put(name, value(name, expression, document)));
    try {
      var bound = NamedSql.parse(statement).bind(values);
      return connection.preparedQuery(form.apply(bound.sql())).execute(bound.values()).await();
    } catch (IllegalArgumentException e) {
      throw ApplyFailed.forGood("%s: %s".formatted(what, e.getMessage()), e);
    } catch (PgException e) {
      throw refused(what, e);
    }
  }

  /** True if a parameter is always sent as a JSON array. */
  static boolean isRows(String parameter) {
    return parameter.equals("rows") || parameter.endsWith("_rows");
  }

  /** JSONata gives a list of one as its element; where rows are meant, it is a list again. */
  private static Object value(String name, Expression expression, JsonObject document) {
    Object value = expression.evaluate(document);
    if (!isRows(name)) {
      return value;
    }
    return switch (value) {
      case null -> new JsonArray();
      case JsonArray rows -> rows;
      default -> new JsonArray().add(value);
    };
  }

  /**
   * What a refused statement means. The failures that a whole transaction is taken again for stay
   * as they are.
   */
  public static RuntimeException refused(String what, PgException e) {
    var state = e.getSqlState() == null ? "" : e.getSqlState();
    if (state.startsWith("40") || SqlState.isUnavailable(e)) {
      return e;
    }
    var message = "%s failed: %s (SQLSTATE %s)".formatted(what, e.getErrorMessage(), state);
    return isPermanent(state) ? ApplyFailed.forGood(message, e) : ApplyFailed.forNow(message, e);
  }

  /** True if the same statement with the same values is refused each time. */
  private static boolean isPermanent(String state) {
    return switch (state.length() < 2 ? "" : state.substring(0, 2)) {
      // cardinality, data, constraint, syntax or missing object, check option, raised by a function
      case "21", "22", "23", "42", "44", "P0" -> true;
      default -> false;
    };
  }
}
