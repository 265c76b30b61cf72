package dev.orderly.types;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Where the named parameters of a statement stand: a colon and a name outside of quotes, dollar
 * quotes and comments, unless another colon stands before it (a cast) or a name, digit, {@code )}
 * or {@code ]} does (an array slice, {@code a[lo:hi]}). The same when a type is loaded as when its
 * statement runs.
 *
 * @param parts the statement in its pieces
 * @param bare the statement with a blank for each literal, comment and parameter
 * @param numbered the first parameter that is numbered as PostgreSQL's own are; null if none is
 */
public record SqlParameters(List<Part> parts, String bare, String numbered) {

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

  /** A piece of a statement. */
  public sealed interface Part {}

  /** Text that is sent as it stands. */
  public record Text(String text) implements Part {}

  /** A parameter, without its colon. */
  public record Parameter(String name) implements Part {}

  public SqlParameters {
    parts = List.copyOf(parts);
  }

  public static SqlParameters of(String sql) {
    var parts = new ArrayList<Part>();
    var bare = new StringBuilder();
    String numbered = null;
    var token = TOKEN.matcher(sql);
    int from = 0;
    int at = 0;
    while (at <= sql.length() && token.find(at)) {
      bare.append(sql, at, token.start()).append(' ');
      at = token.end();
      if (token.group("name") != null) {
        parts.add(new Text(sql.substring(from, token.start())));
        parts.add(new Parameter(token.group("name")));
        from = at;
      } else if (token.group("comment") != null) {
        at = endOfComment(sql, token.start());
      } else if (token.group("numbered") != null && numbered == null) {
        numbered = token.group();
      }
    }
    parts.add(new Text(sql.substring(from)));
    bare.append(sql, Math.min(at, sql.length()), sql.length());
    return new SqlParameters(parts, bare.toString(), numbered);
  }

  /** The parameters' names, each once, in the order in which they appear. */
  public Set<String> names() {
    var names = new LinkedHashSet<String>();
    for (var part : parts) {
      if (part instanceof Parameter(String name)) {
        names.add(name);
      }
    }
    return names;
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
}
