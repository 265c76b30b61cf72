package dev.orderly;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Scripts compile these folders by themselves, without the libraries that tests have. */
class ScriptSourcesTest {
  private static final Path TESTS = Path.of("src/test/java/dev/orderly");
  private static final Pattern OF_THE_GATE =
      Pattern.compile("^import (static )?org\\.(junit|assertj)", Pattern.MULTILINE);
  private static final List<String> TEST_LIBRARIES =
      List.of("junit", "assertj", "archunit", "surefire", "test-classes");

  @TempDir Path classes;

  @ParameterizedTest
  @ValueSource(strings = {"torture", "bench"})
  void compileWithoutTestLibraries(String folder) throws IOException {
    var compiler = ToolProvider.getSystemJavaCompiler();
    try (var files = compiler.getStandardFileManager(null, null, null);
        var sources = Files.list(TESTS.resolve(folder))) {
      var own = sources.filter(ScriptSourcesTest::isCompiledByTheScript).toList();
      var options = List.of("-proc:none", "-nowarn", "-d", classes.toString(), "-cp", classPath());
      var said = new StringWriter();

      boolean compiled =
          compiler
              .getTask(said, files, null, options, null, files.getJavaFileObjectsFromPaths(own))
              .call();

      assertThat(own).isNotEmpty();
      assertThat(compiled).as(said.toString()).isTrue();
    }
  }

  private static boolean isCompiledByTheScript(Path source) {
    try {
      return source.toString().endsWith(".java")
          && !OF_THE_GATE.matcher(Files.readString(source)).find();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String classPath() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(entry -> TEST_LIBRARIES.stream().noneMatch(entry::contains))
        .collect(Collectors.joining(File.pathSeparator));
  }
}
