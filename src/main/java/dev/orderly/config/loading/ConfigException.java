package dev.orderly.config.loading;

import java.util.List;

/** The configuration cannot be used. */
public final class ConfigException extends RuntimeException {
  private final List<String> lines;

  /**
   * @param lines one for each thing that is wrong: where, which key, its value and what is allowed
   */
  public ConfigException(List<String> lines) {
    super(String.join("\n", lines), null, false, false);
    this.lines = List.copyOf(lines);
  }

  public List<String> lines() {
    return lines;
  }
}
