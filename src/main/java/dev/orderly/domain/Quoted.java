package dev.orderly.domain;

/** What was sent, fit for a message. */
public final class Quoted {
  private static final int SHOWN_CHARS = 80;

  private Quoted() {}

  /** In quotes, bounded, and without control characters. */
  public static String of(String sent) {
    int end = Math.min(sent.length(), SHOWN_CHARS);
    var shown = sent.substring(0, end).replaceAll("\\p{Cntrl}", "?");
    return "'%s%s'".formatted(shown, end < sent.length() ? "…" : "");
  }
}
