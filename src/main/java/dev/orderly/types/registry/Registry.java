package dev.orderly.types.registry;

import dev.orderly.types.OrderType;
import dev.orderly.types.TypeFailure;
import dev.orderly.types.TypeFileException;
import dev.orderly.types.TypeRegistry;
import dev.orderly.types.declarative.DeclarativeType;
import dev.orderly.types.declarative.TypeFiles;
import dev.orderly.types.plugin.Plugins;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/** The types of one node. Safe for many threads. */
public final class Registry implements TypeRegistry {

  /** Where declarations in earlier versions are kept. */
  @FunctionalInterface
  public interface Sources {
    /**
     * May block.
     *
     * @return the text that {@link DeclarativeType#source} gave for this version; empty if there is
     *     no such version
     */
    Optional<String> find(String name, String version);
  }

  private record Version(String name, String version) {}

  private final Sources sources;
  private final Map<Version, OrderType> earlier = new ConcurrentHashMap<>();
  private volatile Map<String, OrderType> current;

  /**
   * @throws IllegalArgumentException if two types have one name
   */
  public Registry(Collection<? extends OrderType> current, Sources sources) {
    this.sources = sources;
    this.current = byName(current);
  }

  /**
   * Loads the declared types and the plugins.
   *
   * @param typePaths directories and single files
   * @param plugins a directory of jars
   * @throws TypeFileException with everything that is wrong with any of them
   */
  public static List<OrderType> load(List<Path> typePaths, Path plugins) {
    var lines = new ArrayList<String>();
    var types = new ArrayList<OrderType>(TypeFiles.load(typePaths, lines));
    types.addAll(Plugins.load(plugins, lines));
    var names = new HashSet<String>();
    for (var type : types) {
      if (!names.add(type.name())) {
        lines.add(
            "%s: type %s, of %s, is given elsewhere already"
                .formatted(plugins, type.name(), type.getClass().getName()));
      }
    }
    if (!lines.isEmpty()) {
      throw new TypeFileException(lines);
    }
    return types;
  }

  /**
   * Puts other types in the place of the current ones; orders under the old ones keep them.
   *
   * @throws IllegalArgumentException if two types have one name; nothing is changed
   */
  public synchronized void replace(Collection<? extends OrderType> types) {
    var replacement = byName(types);
    current.values().forEach(type -> earlier.put(version(type), type));
    current = replacement;
  }

  @Override
  public Optional<OrderType> current(String name) {
    return Optional.ofNullable(current.get(name));
  }

  /**
   * {@inheritDoc} Types in Java are known only in the versions that this node has loaded.
   *
   * @throws TypeFailure if the stored declaration is not valid any more
   */
  @Override
  public Optional<OrderType> version(String name, String version) {
    var now = current.get(name);
    if (now != null && now.version().equals(version)) {
      return Optional.of(now);
    }
    var key = new Version(name, version);
    var known = earlier.get(key);
    if (known != null) {
      return Optional.of(known);
    }
    // Not computeIfAbsent: its lock would be held while the database answers.
    var restored = sources.find(name, version).map(DeclarativeType::restore);
    restored.ifPresent(type -> earlier.putIfAbsent(key, type));
    return restored.map(OrderType.class::cast);
  }

  @Override
  public List<OrderType> all() {
    return List.copyOf(current.values());
  }

  private static Version version(OrderType type) {
    return new Version(type.name(), type.version());
  }

  private static Map<String, OrderType> byName(Collection<? extends OrderType> types) {
    var byName = new TreeMap<String, OrderType>();
    for (var type : types) {
      if (byName.put(type.name(), type) != null) {
        throw new IllegalArgumentException("two types are called " + type.name());
      }
    }
    return byName;
  }
}
