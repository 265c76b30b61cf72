package dev.orderly.types;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.regex.Pattern;

/** The named parameters of a statement: {@code :name} outside literals, comments and casts. */
final class SqlParameters {
  /** What is no parameter comes first, so that nothing inside it is taken for one. */
  private static final Pattern TOKEN =
      Pattern.compile(
          "'[^']*'"
              + "|\"[^\"]*\""
              + "|--[^\\n]*"
              + "|/\\*.*?\\*/"
              + "|\\$([A-Za-z_]*)\\$.*?\\$\\1\\$"
              + "|::"
              + "|(?<![A-Za-z0-9_\\])]):([A-Za-z_][A-Za-z0-9_]*)",
          Pattern.DOTALL);

  private SqlParameters() {}

  static Set<String> names(String sql) {
    var names = new LinkedHashSet<String>();
    var token = TOKEN.matcher(sql);
    while (token.find()) {
      if (token.group(2) != null) {
        names.add(token.group(2));
      }
    }
    return names;
  }
}
