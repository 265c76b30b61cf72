package dev.orderly.types.plugin;

import dev.orderly.types.OrderType;
import dev.orderly.types.TypeFileException;
import dev.orderly.types.schema.CompiledSchema;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/**
 * Finds order types in jars: each jar has a class loader of its own and names its types in {@code
 * META-INF/services/dev.orderly.types.OrderType}.
 */
public final class Plugins {
  private Plugins() {}

  /**
   * @param directory holds the jars; one that does not exist holds none
   * @throws TypeFileException with everything that is wrong with any of them
   */
  public static List<OrderType> load(Path directory) {
    var lines = new ArrayList<String>();
    var types = load(directory, lines);
    if (!lines.isEmpty()) {
      throw new TypeFileException(lines);
    }
    return types;
  }

  /**
   * As {@link #load(Path)}, for loading further types all the same.
   *
   * @param lines receives what is wrong
   */
  public static List<OrderType> load(Path directory, List<String> lines) {
    var types = new ArrayList<OrderType>();
    if (!Files.isDirectory(directory)) {
      return types;
    }
    try (var files = Files.list(directory)) {
      files
          .filter(file -> file.getFileName().toString().endsWith(".jar"))
          .sorted()
          .forEach(jar -> loadJar(jar, types, lines));
    } catch (IOException e) {
      lines.add(directory + ": cannot be read: " + e.getMessage());
    }
    return types;
  }

  private static void loadJar(Path jar, List<OrderType> types, List<String> lines) {
    int before = types.size() + lines.size();
    try {
      // Never closed: the types' code is loaded from it for as long as the node runs.
      var loader =
          new URLClassLoader(
              jar.toString(), new URL[] {jar.toUri().toURL()}, OrderType.class.getClassLoader());
      for (var provider : ServiceLoader.load(OrderType.class, loader).stream().toList()) {
        // The server's own class path is visible from each jar and belongs to none.
        if (provider.type().getClassLoader() == loader) {
          add(provider.get(), jar, types, lines);
        }
      }
    } catch (ServiceConfigurationError | LinkageError | MalformedURLException e) {
      lines.add(jar + ": cannot be loaded: " + cause(e));
    }
    if (types.size() + lines.size() == before) {
      lines.add(jar + ": names no type in META-INF/services/" + OrderType.class.getName());
    }
  }

  private static void add(OrderType type, Path jar, List<OrderType> types, List<String> lines) {
    int before = lines.size();
    var at = jar + ": " + type.getClass().getName() + ": ";
    try {
      if (type.name() == null || !type.name().matches(OrderType.NAME_PATTERN)) {
        lines.add(at + "not the name of a type: " + type.name());
      }
      if (type.version() == null || type.version().isEmpty()) {
        lines.add(at + "the version is missing");
      }
      if (type.settings() == null) {
        lines.add(at + "the settings are missing");
      }
      checkSchema(type.payloadSchema(), at + "payload schema", lines);
      checkSchema(type.resultSchema(), at + "result schema", lines);
    } catch (RuntimeException | LinkageError e) {
      lines.add(at + "fails when asked for its name, version, schemas or settings: " + e);
    }
    if (lines.size() == before) {
      types.add(type);
    }
  }

  private static void checkSchema(JsonObject schema, String at, List<String> lines) {
    if (schema == null) {
      lines.add(at + ": is missing");
      return;
    }
    CompiledSchema.faults(schema)
        .forEach(fault -> lines.add(at + fault.pointer() + ": " + fault.message()));
  }

  private static String cause(Throwable e) {
    var cause = e.getCause();
    return cause == null ? e.getMessage() : e.getMessage() + " (" + cause + ")";
  }
}
