package dev.orderly.types.declarative;

import dev.orderly.types.TypeFileException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.TreeSet;

/** Loads the types that files named {@code *.type.yaml} declare. */
public final class TypeFiles {
  static final String SUFFIX = ".type.yaml";

  private final List<String> lines = new ArrayList<>();
  private final LinkedHashMap<String, Path> declaredIn = new LinkedHashMap<>();
  private final List<DeclarativeType> types = new ArrayList<>();

  private TypeFiles() {}

  /**
   * Loads every type under some directories, at any depth, and in single files.
   *
   * @throws TypeFileException with everything that is wrong with any of them
   */
  public static List<DeclarativeType> load(List<Path> directoriesAndFiles) {
    var lines = new ArrayList<String>();
    var types = load(directoriesAndFiles, lines);
    if (!lines.isEmpty()) {
      throw new TypeFileException(lines);
    }
    return types;
  }

  /**
   * As {@link #load(List)}, for loading further types all the same.
   *
   * @param lines receives what is wrong
   */
  public static List<DeclarativeType> load(List<Path> directoriesAndFiles, List<String> lines) {
    var files = new TypeFiles();
    var found = new TreeSet<Path>();
    directoriesAndFiles.forEach(path -> files.find(path, found));
    found.forEach(files::read);
    lines.addAll(files.lines);
    return files.types;
  }

  private void find(Path path, TreeSet<Path> found) {
    if (Files.isRegularFile(path)) {
      found.add(path.normalize());
      return;
    }
    if (!Files.isDirectory(path)) {
      lines.add(path + ": there is no such file or directory");
      return;
    }
    try (var inside = Files.walk(path)) {
      inside
          .filter(file -> file.getFileName().toString().endsWith(SUFFIX))
          .filter(Files::isRegularFile)
          .map(Path::normalize)
          .forEach(found::add);
    } catch (IOException e) {
      lines.add(path + ": cannot be read: " + e.getMessage());
    }
  }

  private void read(Path file) {
    try {
      read(file, YamlTree.read(Files.readString(file)));
    } catch (CharacterCodingException e) {
      fault(file, 1, "not UTF-8 text");
    } catch (IOException e) {
      fault(file, 1, "cannot be read: " + e.getMessage());
    }
  }

  private void read(Path file, YamlTree tree) {
    tree.faults().forEach(fault -> fault(file, fault.line(), fault.cause()));
    if (tree.object() == null) {
      if (tree.faults().isEmpty()) {
        fault(file, 1, "expected an object with type, payload, submission and apply");
      }
      return;
    }
    var faults = new ArrayList<TypeDraft.Fault>();
    var type = TypeCompiler.compile(tree.object(), faults);
    for (var fault : faults) {
      fault(file, tree.line(fault.pointer()) + fault.linesBelow(), fault.words());
    }
    if (tree.object().getValue("type") instanceof String name) {
      var other = declaredIn.putIfAbsent(name, file);
      if (other != null) {
        fault(file, tree.line("/type"), "type " + name + " is declared in " + other + " already");
        return;
      }
    }
    type.filter(_ -> tree.faults().isEmpty())
        .map(valid -> valid.from(new DeclarativeType.Origin(file, tree::line)))
        .ifPresent(types::add);
  }

  private void fault(Path file, int line, String cause) {
    lines.add(line(file, line, cause));
  }

  /** What is wrong with a file, on one line. */
  static String line(Path file, int line, String cause) {
    return "%s:%d: %s".formatted(file, line, cause.replaceAll("\\s*\\R\\s*", " "));
  }
}
