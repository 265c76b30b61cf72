package dev.orderly.applying.sql;

import dev.orderly.storage.SqlState;
import dev.orderly.types.ApplyExtras.Hook;
import dev.orderly.types.ApplySpec;
import dev.orderly.types.ApplySpec.Sql.Snapshot;
import dev.orderly.types.SqlParameters;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/**
 * Has the database describe the statements of a type, without running any, so that a wrong column
 * is found when the type is loaded and not when an order is applied.
 *
 * <p>What a parameter is sent as shows only with its value: text, JSON or null. A statement is
 * refused if the database refuses it whatever its parameters are. A step that is no query, such as
 * {@code create temp table}, may make what later statements use; of those only what is no SQL at
 * all is refused.
 */
final class SqlCheck {
  private static final String SYNTAX_ERROR = "42601";

  /** Tables, columns and schemas that are not there: no other parameter would bring them. */
  private static final Set<String> MISSING = Set.of("42P01", "42703", "3F000");

  /** With more parameters of unknown kind than this, not every combination is asked for. */
  private static final int UNKNOWN_MAX = 5;

  private static final Object TEXT = "";
  private static final Object JSON = new JsonObject();
  private static final JsonArray ROWS = new JsonArray();

  private static final Pattern FIRST_WORD = Pattern.compile("[A-Za-z]+");
  private static final Pattern INTO = Pattern.compile("(?i)\\binto\\b");
  private static final Set<String> CHANGES = Set.of("insert", "update", "delete", "merge");
  private static final Set<String> READS = Set.of("select", "values", "with", "table");

  private final SqlConnection connection;
  private final List<SqlProblem> problems = new ArrayList<>();

  /** True once a step may have made objects of its own. */
  private boolean making;

  /**
   * A statement as it is declared, and the form in which it is sent.
   *
   * @param text which faults are found in: the statement, or what belongs to it
   */
  private record Declared(
      String pointer,
      String text,
      String statement,
      Map<String, ?> params,
      UnaryOperator<String> form,
      int linesBefore) {}

  private SqlCheck(SqlConnection connection) {
    this.connection = connection;
  }

  /**
   * Changes nothing. Awaits.
   *
   * @param own true for Orderly's own database, where types see the public schema only
   * @return what is wrong; empty if the database takes every statement
   */
  static List<SqlProblem> run(Pool pool, boolean own, ApplySpec.Sql spec) {
    return within(pool, own, check -> check.run(spec));
  }

  /**
   * As {@link #run(Pool, boolean, ApplySpec.Sql)}, for a statement that follows a change.
   *
   * @param pointer to the statement in its type's declaration
   */
  static List<SqlProblem> run(Pool pool, boolean own, String pointer, Hook.Sql hook) {
    return within(
        pool,
        own,
        check -> {
          var statement = hook.statement();
          check.check(
              new Declared(
                  pointer, statement, statement, hook.params(), UnaryOperator.identity(), 0));
          return check.problems;
        });
  }

  private static List<SqlProblem> within(
      Pool pool, boolean own, Function<SqlCheck, List<SqlProblem>> work) {
    SqlConnection connection = pool.getConnection().await();
    try {
      // The driver's own transactions end with the first refusal, whatever savepoints there are.
      connection.query("begin").execute().await();
      try {
        var check = new SqlCheck(connection);
        return own ? PublicSchema.within(connection, () -> work.apply(check)) : work.apply(check);
      } finally {
        connection.query("rollback").execute().await();
      }
    } finally {
      connection.close();
    }
  }

  private List<SqlProblem> run(ApplySpec.Sql spec) {
    snapshot("/apply/sql/diff/before", spec.before());
    for (int i = 0; i < spec.steps().size(); i++) {
      var step = spec.steps().get(i);
      var pointer = "/apply/sql/steps/" + i + "/statement";
      check(
          new Declared(
              pointer,
              step.statement(),
              step.statement(),
              step.params(),
              UnaryOperator.identity(),
              0));
      making |= mayMakeObjects(step.statement());
    }
    snapshot("/apply/sql/diff/after", spec.after());
    return problems;
  }

  private void snapshot(String pointer, Snapshot snapshot) {
    if (!(snapshot instanceof Snapshot.Query query)) {
      return;
    }
    var whole =
        new Declared(
            pointer + "/query", query.sql(), query.sql(), query.params(), SqlChange::snapshot, 1);
    if (check(whole) && query.key() != null) {
      var select =
          "select r.\"%s\" from snapshot_rows r".formatted(query.key().replace("\"", "\"\""));
      UnaryOperator<String> form = sql -> SqlChange.withRows(sql, select);
      check(new Declared(pointer + "/key", query.key(), query.sql(), query.params(), form, 0));
    }
  }

  /** True if the database takes it. */
  private boolean check(Declared declared) {
    NamedSql named;
    try {
      named = NamedSql.parse(declared.statement());
    } catch (IllegalArgumentException e) {
      problems.add(new SqlProblem(declared.pointer(), declared.text(), 0, e.getMessage()));
      return false;
    }
    var unknown =
        declared.params().keySet().stream().filter(name -> !SqlChange.isRows(name)).toList();
    SqlProblem first = null;
    SqlProblem missing = null;
    for (var values : combinations(declared.params().keySet(), unknown)) {
      var sent = declared.form().apply(named.bind(values).sql());
      var refusal = describe(sent);
      if (refusal == null) {
        return true;
      }
      var problem =
          SqlProblem.of(declared.pointer(), declared.text(), sent, declared.linesBefore(), refusal);
      if (SYNTAX_ERROR.equals(refusal.getSqlState())) {
        problems.add(problem);
        return false;
      }
      first = first == null ? problem : first;
      missing = missing == null && MISSING.contains(refusal.getSqlState()) ? problem : missing;
    }
    if (making || missing == null && unknown.size() > UNKNOWN_MAX) {
      return false;
    }
    problems.add(missing != null ? missing : first);
    return false;
  }

  /** Every parameter that is no rows as text, as JSON and as null; then text and JSON mixed. */
  private static Set<Map<String, Object>> combinations(Set<String> names, List<String> unknown) {
    var combinations = new LinkedHashSet<Map<String, Object>>();
    int all = (1 << Math.min(unknown.size(), UNKNOWN_MAX)) - 1;
    for (int bits : new int[] {0, all}) {
      combinations.add(values(names, unknown, bits));
    }
    combinations.add(values(names, unknown, -1));
    for (int bits = 1; bits < all && unknown.size() <= UNKNOWN_MAX; bits++) {
      combinations.add(values(names, unknown, bits));
    }
    return combinations;
  }

  /**
   * @param json a bit for each parameter of unknown kind that is JSON; -1 if all are null
   */
  private static Map<String, Object> values(Set<String> names, List<String> unknown, int json) {
    var values = new HashMap<String, Object>();
    names.forEach(name -> values.put(name, ROWS));
    for (int i = 0; i < unknown.size(); i++) {
      int bit = Math.min(i, UNKNOWN_MAX - 1);
      values.put(unknown.get(i), json < 0 ? null : (json >> bit & 1) == 1 ? JSON : TEXT);
    }
    return values;
  }

  /** Null if the database takes the statement. */
  private PgException describe(String sql) {
    connection.query("savepoint described").execute().await();
    try {
      connection.prepare(sql).await().close().await();
      return null;
    } catch (PgException e) {
      if (SqlState.isUnavailable(e)) {
        throw e;
      }
      return e;
    } finally {
      connection.query("rollback to savepoint described").execute().await();
    }
  }

  private static boolean mayMakeObjects(String statement) {
    var bare = SqlParameters.of(statement).bare();
    var word = FIRST_WORD.matcher(bare);
    var first = word.find() ? word.group().toLowerCase(Locale.ROOT) : "";
    return !CHANGES.contains(first) && (!READS.contains(first) || INTO.matcher(bare).find());
  }
}
