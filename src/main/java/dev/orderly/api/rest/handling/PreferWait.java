package dev.orderly.api.rest.handling;

import java.util.regex.Pattern;

/**
 * How long a client is willing to wait, as {@code Prefer: wait=N} (RFC 7240) says.
 *
 * @param seconds 0 to 60
 * @param asked whether the client said it in a way that was understood
 */
public record PreferWait(int seconds, boolean asked) {
  private static final int DEFAULT_SECONDS = 10;
  private static final int MAX_SECONDS = 60;
  private static final Pattern WAIT =
      Pattern.compile("\\s*wait\\s*=\\s*\"?(\\d{1,9})\"?\\s*", Pattern.CASE_INSENSITIVE);

  /**
   * @param header null if there was none; preferences that mean nothing here are left aside
   */
  public static PreferWait of(String header) {
    if (header != null) {
      for (var preference : header.split("[,;]")) {
        var wait = WAIT.matcher(preference);
        if (wait.matches()) {
          return new PreferWait(Math.min(Integer.parseInt(wait.group(1)), MAX_SECONDS), true);
        }
      }
    }
    return new PreferWait(DEFAULT_SECONDS, false);
  }
}
