package dev.orderly.domain;

import java.util.Locale;

/**
 * Who did something.
 *
 * @param id a token's name, an agent's id, or what part of the system acted
 */
public record Actor(Kind kind, String id) {
  /** The kinds of actors. The wire value is the name in lower case. */
  public enum Kind {
    USER,
    AGENT,
    SYSTEM;

    public String wire() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public static Actor system(String part) {
    return new Actor(Kind.SYSTEM, part);
  }

  public static Actor agent(String id) {
    return new Actor(Kind.AGENT, id);
  }
}
