package dev.orderly.config.loading;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Reads a YAML file into nodes that know their lines. */
final class YamlFile {
  private static final int DEPTH_MAX = 16;

  private static final YAMLFactory YAML = new YAMLFactory();

  /** A piece of YAML; {@code line} counts from 1. */
  sealed interface Node {
    int line();
  }

  record Scalar(String text, int line) implements Node {}

  record Null(int line) implements Node {}

  record Sequence(List<Node> items, int line) implements Node {}

  record Mapping(Map<String, Entry> entries, int line) implements Node {}

  /** A key's line and what stands under it. */
  record Entry(int line, Node value) {}

  private final Path file;
  private final YAMLParser parser;
  private final List<Problem> problems;

  private YamlFile(Path file, YAMLParser parser, List<Problem> problems) {
    this.file = file;
    this.parser = parser;
    this.problems = problems;
  }

  /**
   * @param problems gets what is wrong with the text but leaves the rest readable
   * @throws ConfigException if the file cannot be read as YAML
   */
  static Mapping read(Path file, List<Problem> problems) {
    try (var parser = YAML.createParser(Files.readString(file))) {
      return new YamlFile(file, parser, problems).document();
    } catch (NoSuchFileException e) {
      throw failure(file + ": there is no such file");
    } catch (CharacterCodingException e) {
      throw failure(file + ": the file is not UTF-8 text");
    } catch (JsonProcessingException e) {
      int line = e.getLocation() == null ? 1 : Math.max(1, e.getLocation().getLineNr());
      throw failure("%s:%d: not valid YAML: %s".formatted(file, line, cause(e)));
    } catch (IOException e) {
      throw failure("%s: the file cannot be read: %s".formatted(file, e.getMessage()));
    }
  }

  private Mapping document() throws IOException {
    if (parser.nextToken() == null) {
      return new Mapping(Map.of(), 1);
    }
    var node = node(0);
    if (parser.nextToken() != null) {
      throw failure("%s:%d: the file has more than one document".formatted(file, line()));
    }
    return switch (node) {
      case Mapping mapping -> mapping;
      case Null empty -> new Mapping(Map.of(), empty.line());
      case Scalar _, Sequence _ ->
          throw failure(
              "%s:%d: the file must hold sections such as \"api:\" with keys under them"
                  .formatted(file, node.line()));
    };
  }

  private Node node(int depth) throws IOException {
    int line = line();
    if (depth > DEPTH_MAX) {
      throw failure("%s:%d: nested too deeply".formatted(file, line));
    }
    if (parser.isCurrentAlias()) {
      throw failure("%s:%d: YAML aliases (*name) are not supported".formatted(file, line));
    }
    return switch (parser.currentToken()) {
      case START_OBJECT -> mapping(line, depth);
      case START_ARRAY -> {
        var items = new ArrayList<Node>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          items.add(node(depth + 1));
        }
        yield new Sequence(items, line);
      }
      case VALUE_NULL -> new Null(line);
      default -> new Scalar(parser.getText(), line);
    };
  }

  private Mapping mapping(int line, int depth) throws IOException {
    var entries = new LinkedHashMap<String, Entry>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      var key = parser.currentName();
      int keyLine = line();
      parser.nextToken();
      var earlier = entries.putIfAbsent(key, new Entry(keyLine, node(depth + 1)));
      if (earlier != null) {
        problems.add(
            new Problem(
                new Origin(Origin.Kind.FILE, file.toString(), keyLine),
                "%s: given already on line %d".formatted(key, earlier.line())));
      }
    }
    return new Mapping(entries, line);
  }

  private int line() {
    return parser.currentTokenLocation().getLineNr();
  }

  /** The parser explains itself over several lines, with pictures of the text between them. */
  private static String cause(JsonProcessingException e) {
    return e.getOriginalMessage()
        .lines()
        .filter(line -> !line.isBlank() && !line.startsWith(" "))
        .collect(Collectors.joining("; "));
  }

  private static ConfigException failure(String line) {
    return new ConfigException(List.of(line));
  }
}
