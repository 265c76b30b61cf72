package dev.orderly.applying.sql;

import dev.orderly.types.SqlParameters;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Tuple;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A type's own SQL statement with named parameters, which {@link SqlParameters} finds.
 *
 * <p>How a value is sent: an object or array as {@code $n::text::jsonb}; text, numbers and booleans
 * as {@code $n::text}, for the statement to cast ({@code :age::int}); a missing value as the bare
 * {@code null}, which fits wherever any type does.
 */
final class NamedSql {
  /** What only the transaction's owner may say; each is a statement's first word. */
  private static final Set<String> RESERVED =
      Set.of(
          "abort",
          "begin",
          "commit",
          "deallocate",
          "discard",
          "end",
          "prepare",
          "release",
          "reset",
          "rollback",
          "savepoint",
          "set",
          "start");

  private static final Pattern FIRST_WORD = Pattern.compile("[A-Za-z]+");

  /** The statement as PostgreSQL reads it. */
  record Bound(String sql, Tuple values) {}

  private final SqlParameters statement;

  private NamedSql(SqlParameters statement) {
    this.statement = statement;
  }

  /**
   * @throws IllegalArgumentException if the statement would end or change its transaction, or uses
   *     numbered parameters
   */
  static NamedSql parse(String sql) {
    var statement = SqlParameters.of(sql);
    if (statement.numbered() != null) {
      throw new IllegalArgumentException(
          "expected named parameters such as :name, found " + statement.numbered());
    }
    refuseReserved(statement.bare());
    return new NamedSql(statement);
  }

  private static void refuseReserved(String bare) {
    var word = FIRST_WORD.matcher(bare);
    if (word.find() && RESERVED.contains(word.group().toLowerCase(Locale.ROOT))) {
      throw new IllegalArgumentException(
          "a statement may not begin with %s: it runs in the order's own transaction"
              .formatted(word.group()));
    }
  }

  /**
   * @param values by parameter name; a name without a value is sent as null
   */
  Bound bind(Map<String, Object> values) {
    var sql = new StringBuilder();
    var tuple = Tuple.tuple();
    var placeholders = new LinkedHashMap<String, String>();
    for (var part : statement.parts()) {
      switch (part) {
        case SqlParameters.Text(String text) -> sql.append(text);
        case SqlParameters.Parameter(String name) ->
            sql.append(placeholders.computeIfAbsent(name, n -> add(tuple, values.get(n))));
      }
    }
    return new Bound(sql.toString(), tuple);
  }

  private static String add(Tuple tuple, Object value) {
    return switch (value) {
      case null -> "null";
      case JsonObject object -> next(tuple, object.encode()) + "::text::jsonb";
      case JsonArray array -> next(tuple, array.encode()) + "::text::jsonb";
      case Number number -> next(tuple, plain(number)) + "::text";
      default -> next(tuple, value.toString()) + "::text";
    };
  }

  private static String next(Tuple tuple, String value) {
    tuple.addString(value);
    return "$" + tuple.size();
  }

  /** 3.0 is sent as 3, for statements that cast to integer. */
  private static String plain(Number number) {
    if (number instanceof Double || number instanceof Float) {
      return new BigDecimal(number.toString()).stripTrailingZeros().toPlainString();
    }
    return number.toString();
  }
}
