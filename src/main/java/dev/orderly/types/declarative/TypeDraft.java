package dev.orderly.types.declarative;

import dev.orderly.types.ApplySpec;
import dev.orderly.types.expression.JsonataExpression;
import dev.orderly.types.expression.RowsExpression;
import dev.orderly.types.json.Pointers;
import dev.orderly.types.schema.CompiledSchema;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A declaration while it is read. Parts of the wrong shape are read as absent, since the structure
 * check reports them, so that everything else that is wrong is found too.
 */
final class TypeDraft {
  private static final JsonObject ABSENT = new JsonObject();

  private final JsonObject root;
  private final String name;
  private final List<Fault> faults = new ArrayList<>();

  TypeDraft(JsonObject root) {
    this.root = root;
    this.name = root.getValue("type") instanceof String text ? text : "without a name";
  }

  /**
   * @param pointer to what is wrong
   * @param linesBelow how many lines below the value's first the fault lies
   */
  record Fault(String pointer, int linesBelow, String cause) {
    /** The cause, after the part that it is about. */
    String words() {
      return pointer.isEmpty() ? cause : pointer.substring(1).replace('/', '.') + ": " + cause;
    }
  }

  /** One object of the declaration and where it stands. */
  record Section(JsonObject json, String pointer) {
    String at(String key) {
      return Pointers.child(pointer, key);
    }

    boolean has(String key) {
      return json.containsKey(key);
    }

    /** The object under a key; an empty one if there is none. */
    Section section(String key) {
      return new Section(json.getValue(key) instanceof JsonObject o ? o : ABSENT, at(key));
    }

    /** The objects of the array under a key. */
    List<Section> sections(String key) {
      var sections = new ArrayList<Section>();
      if (json.getValue(key) instanceof JsonArray array) {
        for (int i = 0; i < array.size(); i++) {
          var element = array.getValue(i) instanceof JsonObject o ? o : ABSENT;
          sections.add(new Section(element, at(key) + "/" + i));
        }
      }
      return sections;
    }

    String text(String key, String otherwise) {
      return json.getValue(key) instanceof String text ? text : otherwise;
    }

    int number(String key, int otherwise) {
      return json.getValue(key) instanceof Integer number ? number : otherwise;
    }

    /** Null if there is none. */
    Integer number(String key) {
      return json.getValue(key) instanceof Integer number ? number : null;
    }

    /** Null if there is none. */
    Double decimal(String key) {
      return json.getValue(key) instanceof Number number ? number.doubleValue() : null;
    }

    boolean isTrue(String key) {
      return Boolean.TRUE.equals(json.getValue(key));
    }
  }

  Section root() {
    return new Section(root, "");
  }

  String name() {
    return name;
  }

  List<Fault> faults() {
    return faults;
  }

  void fault(String pointer, String cause) {
    faults.add(new Fault(pointer, 0, cause));
  }

  /** The expression under a key; null if there is none or it is faulty. */
  JsonataExpression expression(Section section, String key) {
    var text = section.text(key, null);
    if (text == null) {
      return null;
    }
    try {
      return JsonataExpression.compile(place(section.at(key)), text);
    } catch (JsonataExpression.Malformed e) {
      faults.add(new Fault(section.at(key), linesBelow(text, e.position()), e.getMessage()));
      return null;
    }
  }

  /** The expressions of an object of them, in order. */
  Map<String, ApplySpec.Expression> expressions(Section section, String key) {
    var named = section.section(key);
    var expressions = new LinkedHashMap<String, ApplySpec.Expression>();
    for (var name : named.json().fieldNames()) {
      var expression = expression(named, name);
      if (expression != null) {
        boolean rows = name.equals("rows") || name.endsWith("_rows");
        expressions.put(name, rows ? new RowsExpression(expression) : expression);
      }
    }
    return expressions;
  }

  /** The schema under a key; null if there is none or it is faulty. */
  CompiledSchema schema(Section section, String key) {
    if (!(section.json().getValue(key) instanceof JsonObject schema)) {
      return null;
    }
    var found = CompiledSchema.faults(schema);
    found.forEach(
        violation ->
            fault(
                section.at(key) + violation.pointer(),
                "not a JSON Schema: " + violation.message()));
    return found.isEmpty() ? CompiledSchema.compile(place(section.at(key)), schema) : null;
  }

  private String place(String pointer) {
    return "type " + name + ": " + pointer.substring(1).replace('/', '.');
  }

  private static int linesBelow(String text, int position) {
    var before = text.substring(0, Math.min(position, text.length()));
    return linesBelow(text, before.chars().filter(c -> c == '\n').count());
  }

  /**
   * A text of several lines is taken for a block, which begins on the line after its key.
   *
   * @param line of the text, from 0
   */
  static int linesBelow(String text, long line) {
    if (text.indexOf('\n') < 0) {
      return 0;
    }
    // What is missing at the end is missing after the last word, not after the blank lines.
    long last = text.stripTrailing().chars().filter(c -> c == '\n').count();
    return 1 + (int) Math.min(line, last);
  }
}
