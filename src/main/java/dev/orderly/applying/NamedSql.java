package dev.orderly.applying;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Tuple;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A type's own SQL statement with named parameters ({@code :name}).
 *
 * <p>What is a parameter: a colon and a name outside of quotes, dollar quotes and comments, unless
 * another colon stands before it (a cast) or a name, digit, {@code )} or {@code ]} does (an array
 * slice, {@code a[lo:hi]}).
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

  /** Everything inside which a colon means nothing comes before the parameter itself. */
  private static final Pattern TOKEN =
      Pattern.compile(
          "(?<skip>(?<![A-Za-z0-9_$])[eE]'(?:[^'\\\\]++|\\\\.|'')*+'"
              + "|'(?:[^']++|'')*+'"
              + "|\"(?:[^\"]++|\"\")*+\""
              + "|--[^\\n]*+"
              + "|(?<![A-Za-z0-9_$])\\$(?<tag>[A-Za-z_][A-Za-z0-9_]*|)\\$.*?\\$\\k<tag>\\$"
              + "|::)"
              + "|(?<comment>/\\*)"
              + "|(?<numbered>(?<![A-Za-z0-9_$])\\$[0-9]+)"
              + "|(?<![A-Za-z0-9_)\\]]):(?<name>[A-Za-z_][A-Za-z0-9_]*)",
          Pattern.DOTALL);

  private static final Pattern FIRST_WORD = Pattern.compile("[A-Za-z]+");

  private sealed interface Part {
    record Text(String text) implements Part {}

    record Parameter(String name) implements Part {}
  }

  /** The statement as PostgreSQL reads it. */
  record Bound(String sql, Tuple values) {}

  private final List<Part> parts;

  private NamedSql(List<Part> parts) {
    this.parts = parts;
  }

  /**
   * @throws IllegalArgumentException if the statement would end or change its transaction, or uses
   *     numbered parameters
   */
  static NamedSql parse(String sql) {
    var parts = new ArrayList<Part>();
    var bare = new StringBuilder();
    var token = TOKEN.matcher(sql);
    int from = 0;
    int at = 0;
    while (at <= sql.length() && token.find(at)) {
      bare.append(sql, at, token.start()).append(' ');
      at = token.end();
      if (token.group("name") != null) {
        parts.add(new Part.Text(sql.substring(from, token.start())));
        parts.add(new Part.Parameter(token.group("name")));
        from = at;
      } else if (token.group("comment") != null) {
        at = endOfComment(sql, token.start());
      } else if (token.group("numbered") != null) {
        throw new IllegalArgumentException(
            "expected named parameters such as :name, found " + token.group());
      }
    }
    parts.add(new Part.Text(sql.substring(from)));
    bare.append(sql, Math.min(at, sql.length()), sql.length());
    refuseReserved(bare);
    return new NamedSql(parts);
  }

  /** Comments nest. */
  private static int endOfComment(String sql, int start) {
    int depth = 0;
    for (int i = start; i < sql.length() - 1; i++) {
      if (sql.startsWith("/*", i)) {
        depth++;
        i++;
      } else if (sql.startsWith("*/", i)) {
        depth--;
        i++;
        if (depth == 0) {
          return i + 1;
        }
      }
    }
    return sql.length();
  }

  private static void refuseReserved(CharSequence bare) {
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
    for (var part : parts) {
      switch (part) {
        case Part.Text(String text) -> sql.append(text);
        case Part.Parameter(String name) ->
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
