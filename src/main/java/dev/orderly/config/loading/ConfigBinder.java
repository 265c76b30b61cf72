package dev.orderly.config.loading;

import dev.orderly.config.Config;
import dev.orderly.config.InvalidKeyException;
import dev.orderly.config.Secret;
import dev.orderly.config.loading.ConfigSchema.SectionSpec;
import dev.orderly.config.loading.Values.Unreadable;
import java.lang.reflect.InvocationTargetException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** Makes the records from what is given and the defaults. */
final class ConfigBinder {
  /** The datasource that is always there: Orderly's own database. */
  private static final String OWN_DATASOURCE = "orderly";

  private static final Origin DEFAULTS = new Origin(Origin.Kind.FILE, "default", 0);

  private final Map<String, Given> given;
  private final Values values;
  private final List<Problem> problems;

  ConfigBinder(Map<String, Given> given, Values values, List<Problem> problems) {
    this.given = given;
    this.values = values;
    this.problems = problems;
  }

  /**
   * @return null if something is wrong, which is then added to the problems
   */
  Config bind() {
    var sections =
        ConfigSchema.SECTIONS.stream()
            .map(
                section ->
                    switch (section.kind()) {
                      case KEYS -> bindRecord(section.type(), section.keys());
                      case NAMED_RECORDS -> bindNamedRecords(section);
                      case NAMED_SECRETS -> bindNamedSecrets(section);
                    })
            .toArray();
    if (!problems.isEmpty()) {
      return null;
    }
    try {
      return (Config) construct(Config.class, sections);
    } catch (InvalidKeyException e) {
      var keys = ConfigSchema.fixedKeys();
      var key = keys.stream().filter(k -> k.path().equals(e.key())).findFirst().orElseThrow();
      contradiction(key, e, given.get(e.other()));
      return null;
    }
  }

  private Map<String, Object> bindNamedRecords(SectionSpec section) {
    var entries = new LinkedHashMap<String, Object>();
    for (var name : entryNames(section)) {
      var path = section.name() + "." + name;
      var keys = section.keys().stream().map(key -> key.in(path)).toList();
      if (name.equals(OWN_DATASOURCE)) {
        problems.add(
            new Problem(
                first(path).origin(),
                path + ": this name is Orderly's own database; take another"));
      }
      entries.put(name, bindRecord(section.type(), keys));
    }
    return entries;
  }

  private Map<String, Secret> bindNamedSecrets(SectionSpec section) {
    var entries = new LinkedHashMap<String, Secret>();
    for (var name : entryNames(section)) {
      var path = section.name() + "." + name;
      var value = given.get(path);
      try {
        entries.put(name, values.secret(value));
      } catch (Unreadable e) {
        problem(value.origin(), path, e);
      }
    }
    return entries;
  }

  private TreeSet<String> entryNames(SectionSpec section) {
    var prefix = section.name() + ".";
    var names = new TreeSet<String>();
    given.keySet().stream()
        .filter(path -> path.startsWith(prefix))
        .forEach(path -> names.add(path.substring(prefix.length()).split("\\.")[0]));
    return names;
  }

  /** The record, or null if any of its keys is wrong. */
  private Object bindRecord(Class<?> type, List<KeySpec> keys) {
    int before = problems.size();
    var arguments = keys.stream().map(this::value).toArray();
    if (problems.size() > before) {
      return null;
    }
    try {
      return construct(type, arguments);
    } catch (InvalidKeyException e) {
      var key = keys.stream().filter(k -> k.name().equals(e.key())).findFirst().orElseThrow();
      contradiction(key, e, given.containsKey(key.path()) ? null : first(key.section()));
      return null;
    }
  }

  /**
   * @param other what to blame if the key itself has its default
   */
  private void contradiction(KeySpec key, InvalidKeyException reason, Given other) {
    var value = given.get(key.path());
    var shown =
        value == null ? key.fallback().orElse("empty") : key.secret() ? Secret.MASK : value.shown();
    problems.add(
        new Problem(
            (value == null ? other : value).origin(),
            "%s is %s, but must be %s".formatted(key.path(), shown, reason.allowed())));
  }

  private Object value(KeySpec key) {
    var value = given.get(key.path());
    try {
      if (value != null) {
        return values.read(key, value);
      }
      if (key.description().required()) {
        problems.add(
            new Problem(
                first(key.section()).origin(),
                "%s: must be given: %s".formatted(key.path(), key.allowed())));
      }
      return key.fallback().isPresent()
          ? values.read(key, new Given(DEFAULTS, Given.Shape.PLAIN, List.of(key.fallback().get())))
          : null;
    } catch (Unreadable e) {
      problem(value == null ? DEFAULTS : value.origin(), key.path(), e);
      return null;
    }
  }

  /** What was given first under a section or entry, to blame for what is missing there. */
  private Given first(String prefix) {
    return given.entrySet().stream()
        .filter(entry -> entry.getKey().startsWith(prefix + "."))
        .map(Map.Entry::getValue)
        .min((a, b) -> a.origin().compareTo(b.origin()))
        .orElseThrow();
  }

  private void problem(Origin origin, String path, Unreadable reason) {
    problems.add(new Problem(origin, path + " " + reason.getMessage()));
  }

  private static Object construct(Class<?> type, Object[] arguments) {
    try {
      var types =
          Arrays.stream(type.getRecordComponents())
              .map(component -> (Class<?>) component.getType())
              .toArray(Class<?>[]::new);
      return type.getDeclaredConstructor(types).newInstance(arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause() instanceof RuntimeException cause
          ? cause
          : new IllegalStateException(e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot make a " + type.getSimpleName(), e);
    }
  }
}
