package dev.orderly.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** Writes answers for people and programs. */
final class Printed {
  private static final ObjectWriter PRETTY =
      JsonMapper.builder().build().writerWithDefaultPrettyPrinter();

  private static final String GAP = "  ";

  private Printed() {}

  static void json(PrintWriter out, JsonNode node) {
    try {
      // Beyond ASCII too, a terminal must see no control character of a stranger's text.
      out.println(PRETTY.writeValueAsString(node).replaceAll("[\\u007f-\\u009f]", "?"));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a parsed answer is not JSON", e);
    }
  }

  /** Rows under a heading, as wide as their widest; the last column is not padded. */
  static void table(PrintWriter out, List<String> heading, List<List<String>> rows) {
    var all = new ArrayList<List<String>>();
    all.add(heading);
    rows.forEach(row -> all.add(row.stream().map(Printed::plain).toList()));
    int last = heading.size() - 1;
    for (var row : all) {
      var line = new StringBuilder();
      for (int i = 0; i < last; i++) {
        int column = i;
        int width = all.stream().mapToInt(cells -> cells.get(column).length()).max().orElse(0);
        line.append(row.get(i)).repeat(" ", width - row.get(i).length()).append(GAP);
      }
      out.println(line.append(row.get(last)).toString().stripTrailing());
    }
  }

  /** A text that cannot move a terminal's cursor or begin a line of its own. */
  static String plain(String text) {
    return text.replaceAll("\\p{Cntrl}|[\\u0080-\\u009f]", "?");
  }

  /** A field for people: a dash for what is not there, lists with commas. */
  static String text(JsonNode owner, String field) {
    var node = owner.path(field);
    if (node.isMissingNode() || node.isNull()) {
      return "-";
    }
    if (node.isArray()) {
      var elements = new ArrayList<String>();
      node.forEach(element -> elements.add(element.asText()));
      return elements.isEmpty() ? "-" : plain(String.join(",", elements));
    }
    return plain(node.isValueNode() ? node.asText() : node.toString());
  }
}
