package dev.orderly.types.declarative;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import dev.orderly.types.json.Pointers;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.yaml.snakeyaml.error.MarkedYAMLException;

/** A YAML document as JSON, with the line on which each of its values begins. */
final class YamlTree {
  private static final YAMLFactory FACTORY =
      YAMLFactory.builder().enable(YAMLParser.Feature.PARSE_BOOLEAN_LIKE_WORDS_AS_STRINGS).build();

  private final Map<String, Integer> lines = new HashMap<>();
  private final List<Fault> faults = new ArrayList<>();
  private Object root;

  private YamlTree() {}

  /**
   * @param line counted from 1
   */
  record Fault(int line, String cause) {}

  /** Reads a text; what is wrong with it is among {@link #faults}. */
  static YamlTree read(String text) {
    var tree = new YamlTree();
    try (var parser = FACTORY.createParser(text)) {
      if (parser.nextToken() == null) {
        tree.faults.add(new Fault(1, "the file is empty"));
        return tree;
      }
      tree.root = tree.value(parser, "");
      if (parser.nextToken() != null) {
        tree.fault(parser, "expected one document, found another");
      }
    } catch (JsonProcessingException e) {
      tree.faults.add(fault(e));
    } catch (IOException e) {
      tree.faults.add(new Fault(1, "not YAML: " + e.getMessage()));
    }
    return tree;
  }

  /** The document; null unless it is an object. */
  JsonObject object() {
    return root instanceof JsonObject object ? object : null;
  }

  List<Fault> faults() {
    return faults;
  }

  /** The line of the value that a pointer names, or of the nearest that encloses it. */
  int line(String pointer) {
    var at = pointer;
    while (true) {
      var line = lines.get(at);
      if (line != null) {
        return line;
      }
      if (at.isEmpty()) {
        return 1;
      }
      at = at.substring(0, at.lastIndexOf('/'));
    }
  }

  private Object value(YAMLParser parser, String pointer) throws IOException {
    lines.putIfAbsent(pointer, parser.currentTokenLocation().getLineNr());
    if (parser.isCurrentAlias() || parser.getObjectId() != null) {
      fault(parser, "anchors and aliases are not supported");
    }
    var token = parser.currentToken();
    return switch (token) {
      case START_OBJECT -> object(parser, pointer);
      case START_ARRAY -> array(parser, pointer);
      case VALUE_STRING -> parser.getText();
      case VALUE_NUMBER_INT -> parser.getNumberValue();
      case VALUE_NUMBER_FLOAT -> finite(parser);
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_NULL -> null;
      default -> {
        fault(parser, "unexpected " + token);
        yield null;
      }
    };
  }

  private JsonObject object(YAMLParser parser, String pointer) throws IOException {
    var object = new JsonObject();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      var key = parser.currentName();
      var child = Pointers.child(pointer, key);
      var first = lines.putIfAbsent(child, parser.currentTokenLocation().getLineNr());
      if (first != null) {
        fault(parser, "duplicate key %s, first on line %d".formatted(key, first));
      }
      parser.nextToken();
      object.put(key, value(parser, child));
    }
    return object;
  }

  private JsonArray array(YAMLParser parser, String pointer) throws IOException {
    var array = new JsonArray();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      array.add(value(parser, pointer + "/" + array.size()));
    }
    return array;
  }

  private Object finite(YAMLParser parser) throws IOException {
    double number = parser.getDoubleValue();
    if (!Double.isFinite(number)) {
      fault(parser, "a number that JSON cannot hold");
      return null;
    }
    return number;
  }

  private void fault(YAMLParser parser, String cause) {
    faults.add(new Fault(parser.currentTokenLocation().getLineNr(), cause));
  }

  private static Fault fault(JsonProcessingException e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof MarkedYAMLException marked && marked.getProblemMark() != null) {
        var line = marked.getProblemMark().getLine() + 1;
        return new Fault(line, "not YAML: " + marked.getProblem());
      }
    }
    var location = e.getLocation();
    var message = e.getOriginalMessage().lines().findFirst().orElse("unreadable");
    return new Fault(
        location == null ? 1 : Math.max(1, location.getLineNr()), "not YAML: " + message);
  }
}
