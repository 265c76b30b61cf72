package dev.orderly.domain;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Keeps docs/lifecycle.md true. {@code -Dorderly.docs=write} rewrites it. */
class LifecycleDocTest {
  private static final Path DOC = Path.of("docs", "lifecycle.md");

  @BeforeAll
  static void rewriteIfAsked() throws IOException {
    if ("write".equals(System.getProperty("orderly.docs"))) {
      Files.writeString(DOC, expected());
    }
  }

  @Test
  void showsTheTransitionTablesAsTheyAre() throws IOException {
    assertThat(Files.readString(DOC)).isEqualTo(expected());
  }

  private static String expected() throws IOException {
    var doc = Files.readString(DOC);
    doc = replace(doc, "item", print(Transitions.ITEM, ItemState.values()));
    return replace(doc, "order", print(Transitions.ORDER, OrderState.values()));
  }

  private static String replace(String doc, String mark, String content) {
    var begin = "<!-- %s:begin -->\n".formatted(mark);
    int from = doc.indexOf(begin) + begin.length();
    int to = doc.indexOf("<!-- %s:end -->".formatted(mark));
    return doc.substring(0, from) + content + doc.substring(to);
  }

  private static <S extends Enum<S>> String print(Transitions<S> table, S[] states) {
    var text = new StringBuilder("```mermaid\nstateDiagram-v2\n");
    text.append("  [*] --> ").append(wire(states[0])).append('\n');
    table.all().forEach(t -> text.append("  %s --> %s\n".formatted(wire(t.from()), wire(t.to()))));
    for (var state : states) {
      if (table.from(state).isEmpty()) {
        text.append("  %s --> [*]\n".formatted(wire(state)));
      }
    }
    text.append("```\n\n| from | to | by |\n|---|---|---|\n");
    text.append(
        table.all().stream()
            .map(t -> "| %s | %s | %s |\n".formatted(wire(t.from()), wire(t.to()), t.cause()))
            .collect(Collectors.joining()));
    return text.toString();
  }

  private static String wire(Enum<?> state) {
    return state.name().toLowerCase(Locale.ROOT);
  }
}
