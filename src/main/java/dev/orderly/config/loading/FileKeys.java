package dev.orderly.config.loading;

import dev.orderly.config.loading.ConfigSchema.SectionSpec;
import dev.orderly.config.loading.Given.Shape;
import dev.orderly.config.loading.YamlFile.Entry;
import dev.orderly.config.loading.YamlFile.Mapping;
import dev.orderly.config.loading.YamlFile.Node;
import dev.orderly.config.loading.YamlFile.Null;
import dev.orderly.config.loading.YamlFile.Scalar;
import dev.orderly.config.loading.YamlFile.Sequence;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Finds the keys in a configuration file, and says which of its names are none. */
final class FileKeys {
  private final Path file;
  private final List<Problem> problems;
  private final Map<String, Given> given = new LinkedHashMap<>();

  FileKeys(Path file, List<Problem> problems) {
    this.file = file;
    this.problems = problems;
  }

  /** What is given, by key. */
  Map<String, Given> read() {
    var sections = ConfigSchema.SECTIONS.stream().map(SectionSpec::name).toList();
    YamlFile.read(file, problems)
        .entries()
        .forEach(
            (name, entry) ->
                ConfigSchema.section(name)
                    .ifPresentOrElse(
                        section -> readSection(section, entry),
                        () -> unknown(entry, name, "section", name, sections)));
    return given;
  }

  private void readSection(SectionSpec section, Entry entry) {
    for (var inner : children(section.name(), entry).entrySet()) {
      var name = inner.getKey();
      var path = section.name() + "." + name;
      switch (section.kind()) {
        case KEYS -> readKey(section, section.name(), name, inner.getValue());
        case NAMED_SECRETS -> {
          if (isName(path, name, inner.getValue())) {
            given.put(path, given(inner.getValue()));
          }
        }
        case NAMED_RECORDS -> {
          if (isName(path, name, inner.getValue())) {
            readRecord(section, path, inner.getValue());
          }
        }
      }
    }
  }

  private void readRecord(SectionSpec section, String path, Entry entry) {
    var children = children(path, entry);
    children.forEach((name, value) -> readKey(section, path, name, value));
    if (children.isEmpty()) {
      // Otherwise an entry without any key would vanish without a word.
      problem(entry, path, "has no keys; it needs " + names(section));
    }
  }

  private void readKey(SectionSpec section, String prefix, String name, Entry entry) {
    if (section.key(name).isPresent()) {
      given.put(prefix + "." + name, given(entry));
      return;
    }
    var elsewhere =
        ConfigSchema.fixedKeys().stream().filter(key -> key.name().equals(name)).findFirst();
    if (elsewhere.isPresent()) {
      problem(
          entry,
          prefix + "." + name,
          "there is no such key; did you mean %s?".formatted(elsewhere.get().path()));
    } else {
      var names = section.keys().stream().map(KeySpec::name).toList();
      unknown(entry, prefix + "." + name, "key", name, names);
    }
  }

  private Map<String, Entry> children(String path, Entry entry) {
    return switch (entry.value()) {
      case Mapping mapping -> mapping.entries();
      case Null _ -> Map.of();
      case Scalar _, Sequence _ -> {
        problem(entry, path, "must have keys under it, each on a line of its own");
        yield Map.of();
      }
    };
  }

  private Given given(Entry entry) {
    var origin = origin(entry);
    return switch (entry.value()) {
      case Scalar scalar -> new Given(origin, Shape.SCALAR, List.of(scalar.text()));
      case Null _ -> new Given(origin, Shape.NULL, List.of());
      case Mapping _ -> new Given(origin, Shape.OTHER, List.of());
      case Sequence sequence ->
          sequence.items().stream().allMatch(Scalar.class::isInstance)
              ? new Given(origin, Shape.LIST, sequence.items().stream().map(this::text).toList())
              : new Given(origin, Shape.OTHER, List.of());
    };
  }

  private String text(Node node) {
    return ((Scalar) node).text();
  }

  private boolean isName(String path, String name, Entry entry) {
    boolean allowed = ConfigSchema.ENTRY_NAME.matcher(name).matches();
    if (!allowed) {
      problem(entry, path, "a name here must be " + ConfigSchema.ENTRY_NAME_ALLOWED);
    }
    return allowed;
  }

  private void unknown(Entry entry, String path, String what, String word, List<String> known) {
    var guess = Suggestion.nearest(word, known);
    problem(
        entry,
        path,
        "there is no such %s; %s"
            .formatted(
                what,
                guess
                    .map(name -> "did you mean " + name + "?")
                    .orElse("the known ones are " + String.join(", ", known))));
  }

  private static String names(SectionSpec section) {
    return String.join(", ", section.keys().stream().map(KeySpec::name).toList());
  }

  private void problem(Entry entry, String path, String text) {
    problems.add(new Problem(origin(entry), path + ": " + text));
  }

  private Origin origin(Entry entry) {
    return new Origin(Origin.Kind.FILE, file.toString(), entry.line());
  }
}
