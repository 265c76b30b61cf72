package dev.orderly.config;

/** Logs. */
public record LogConfig(
    @Key(about = "text for people, or json: one object a line, for collectors.", fallback = "text")
        Format format,
    @Key(about = "The least important level that is logged.", fallback = "info") Level level) {

  /** How a log line looks. */
  public enum Format {
    TEXT,
    JSON
  }

  /** How important a log line is. */
  public enum Level {
    TRACE,
    DEBUG,
    INFO,
    WARN,
    ERROR
  }
}
