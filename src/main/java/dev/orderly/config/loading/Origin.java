package dev.orderly.config.loading;

import java.util.Comparator;

/**
 * Where a value came from.
 *
 * @param name the file, the environment variable or the option
 * @param line in the file, from 1; 0 if it is no file
 */
record Origin(Kind kind, String name, int line) implements Comparable<Origin> {
  /** The kinds, each standing above the one before. */
  enum Kind {
    FILE,
    ENVIRONMENT,
    OPTION
  }

  private static final Comparator<Origin> ORDER =
      Comparator.comparing(Origin::kind).thenComparing(Origin::line).thenComparing(Origin::name);

  @Override
  public int compareTo(Origin other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return line > 0 ? name + ":" + line : name;
  }
}
