package dev.orderly.types.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.orderly.testing.TypeTexts;
import dev.orderly.types.OrderType;
import dev.orderly.types.TypeFileException;
import dev.orderly.types.registry.Registry;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PluginsTest {
  private static final String SOURCE =
      """
      package plugged;
      import dev.orderly.types.*;
      import dev.orderly.types.plugin.AbstractOrderType;
      import io.vertx.core.json.JsonObject;
      public class CLASS extends AbstractOrderType {
        @Override public String name() { return "NAME"; }
        @Override public JsonObject schema() { return new JsonObject("SCHEMA"); }
        @Override public JsonObject resultSchema() { return new JsonObject(); }
        @Override public Diff apply(Context context) { return emptyDiff("done"); }
      }
      """;

  @TempDir Path directory;

  @Test
  void typesAreLoadedEachFromItsOwnLoader() throws Exception {
    jar("a", "One", "plugged.one", "{}", "plugged.One");
    jar("b", "One", "plugged.two", "{}", "plugged.One");

    var types = Plugins.load(directory);

    assertThat(types).extracting(OrderType::name).containsExactly("plugged.one", "plugged.two");
    assertThat(types.get(0).getClass()).isNotSameAs(types.get(1).getClass());
    assertThat(types.get(0).validatePayload(new JsonObject())).isEmpty();
  }

  @Test
  void everythingThatCannotBeLoadedIsNamed() throws Exception {
    var badName = jar("a", "One", "Bad Name", "{}", "plugged.One");
    var badSchema = jar("b", "One", "plugged.two", "{\\\"type\\\":1}", "plugged.One");
    var noClass = jar("c", "One", "plugged.three", "{}", "plugged.Other");
    var noService = jar("d", "One", "plugged.four", "{}", null);
    var noJar = Files.writeString(directory.resolve("e.jar"), "text");

    var lines =
        catchThrowableOfType(TypeFileException.class, () -> Plugins.load(directory)).lines();

    assertThat(lines).hasSize(5);
    assertThat(lines.get(0)).isEqualTo(badName + ": plugged.One: not the name of a type: Bad Name");
    assertThat(lines.get(1)).startsWith(badSchema + ": plugged.One: payload schema/type: expected");
    assertThat(lines.get(2)).startsWith(noClass + ": cannot be loaded: ").contains("plugged.Other");
    assertThat(lines.get(3)).startsWith(noService + ": names no type in META-INF/services/");
    assertThat(lines.get(4)).startsWith(noJar + ": ");
  }

  @Test
  void missingDirectoryHoldsNone() {
    assertThat(Plugins.load(directory.resolve("none"))).isEmpty();
  }

  @Test
  void typeThatAFileDeclaresTooIsRefused() throws Exception {
    jar("a", "One", "least.type", "{}", "plugged.One");
    var file = TypeTexts.file(directory, "least", TypeTexts.LEAST);

    var lines =
        catchThrowableOfType(TypeFileException.class, () -> Registry.load(List.of(file), directory))
            .lines();

    assertThat(lines)
        .containsExactly(
            directory + ": type least.type, of plugged.One, is given elsewhere already");
  }

  private Path jar(String name, String type, String typeName, String schema, String service)
      throws IOException {
    var work = Files.createDirectories(directory.resolve("work-" + name));
    var source = work.resolve(type + ".java");
    Files.writeString(
        source, SOURCE.replace("CLASS", type).replace("NAME", typeName).replace("SCHEMA", schema));
    int failed =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-proc:none",
                "-cp",
                System.getProperty("java.class.path"),
                "-d",
                work.toString(),
                source.toString());
    assertThat(failed).isZero();
    var jar = directory.resolve(name + ".jar");
    try (var zip =
        FileSystems.newFileSystem(URI.create("jar:" + jar.toUri()), Map.of("create", "true"))) {
      Files.createDirectories(zip.getPath("plugged"));
      Files.copy(work.resolve("plugged/One.class"), zip.getPath("plugged/One.class"));
      if (service != null) {
        Files.createDirectories(zip.getPath("META-INF/services"));
        Files.writeString(
            zip.getPath("META-INF/services/dev.orderly.types.OrderType"), service + "\n");
      }
    }
    return jar;
  }
}
