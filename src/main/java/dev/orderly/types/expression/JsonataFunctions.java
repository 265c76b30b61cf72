package dev.orderly.types.expression;

import com.dashjoin.jsonata.Jsonata;
import com.dashjoin.jsonata.Jsonata.JFunction;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/** The functions that expressions may call. */
final class JsonataFunctions {
  /** Texts, comments and quoted names come first, so that nothing inside them counts. */
  private static final Pattern TOKEN =
      Pattern.compile(
          "\"(?:[^\"\\\\]|\\\\.)*+\"|'(?:[^'\\\\]|\\\\.)*+'|`[^`]*`|/\\*.*?\\*/"
              + "|\\$([A-Za-z_][A-Za-z0-9_]*)(\\s*\\()?",
          Pattern.DOTALL);

  private static final JFunction CHUNK =
      Jsonata.function("chunk", JsonataFunctions::chunk, "<an:a>");
  private static final Map<String, Boolean> STANDARD =
      new ConcurrentHashMap<>(Map.of("chunk", true));

  private JsonataFunctions() {}

  static void bind(Jsonata.Frame frame) {
    frame.bind("chunk", (Object) CHUNK);
  }

  /**
   * Refuses a call of a function that nobody defines, which JSONata itself finds only when it gets
   * there. A name that the expression also uses in any other way is taken for defined.
   */
  static void checkKnown(String source) throws JsonataExpression.Malformed {
    var otherwiseUsed = new HashSet<String>();
    var token = TOKEN.matcher(source);
    while (token.find()) {
      if (token.group(1) != null && token.group(2) == null) {
        otherwiseUsed.add(token.group(1));
      }
    }
    token.reset();
    while (token.find()) {
      var name = token.group(1);
      if (name != null
          && token.group(2) != null
          && !otherwiseUsed.contains(name)
          && !isStandard(name)) {
        throw new JsonataExpression.Malformed(
            "not valid JSONata: there is no function $" + name, token.start(), null);
      }
    }
  }

  private static boolean isStandard(String name) {
    return STANDARD.computeIfAbsent(
        name, n -> Boolean.TRUE.equals(Jsonata.jsonata("$exists($" + n + ")").evaluate(null)));
  }

  /** {@code $chunk(array, size)}: the array in slices of at most that size. */
  private static Object chunk(List<Object> list, Number size) {
    if (list == null || size == null) {
      return null;
    }
    int width = size.intValue();
    if (width < 1 || width != size.doubleValue()) {
      throw new IllegalArgumentException("$chunk expects a whole size of at least 1, got " + size);
    }
    var chunks = new ArrayList<List<Object>>();
    for (int from = 0; from < list.size(); from += width) {
      chunks.add(new ArrayList<>(list.subList(from, Math.min(list.size(), from + width))));
    }
    return chunks;
  }
}
