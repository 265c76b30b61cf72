package dev.orderly.types;

import java.util.List;

/** Order types could not be loaded. */
public final class TypeFileException extends RuntimeException {
  private final List<String> lines;

  /**
   * @param lines everything that is wrong, as {@code file:line: cause} for type files and {@code
   *     file: cause} for plugins; not empty
   */
  public TypeFileException(List<String> lines) {
    super(String.join(System.lineSeparator(), lines));
    this.lines = List.copyOf(lines);
  }

  /** Everything that is wrong, one line each. */
  public List<String> lines() {
    return lines;
  }
}
