package dev.orderly.config;

import java.util.regex.Pattern;

/** How a database's URL looks, and how it is shown. */
public final class DatabaseUrl {
  static final String PATTERN =
      "postgres(ql)?://([^@/\\s]+@)?([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+])(:[0-9]{1,5})?"
          + "/[^/?#\\s]+(\\?\\S*)?";
  static final String ALLOWED = "a URL such as postgresql://host:5432/database";

  // Greedy up to the last @, so that one inside a password cannot let the rest of it out.
  private static final Pattern CREDENTIALS = Pattern.compile("://.*@");
  private static final Pattern PASSWORD_PARAMETER =
      Pattern.compile("([?&][^=&]*password=)[^&]*", Pattern.CASE_INSENSITIVE);

  private DatabaseUrl() {}

  /**
   * The text without whatever may be a password in it.
   *
   * @param text may be null
   */
  public static String mask(String text) {
    if (text == null) {
      return null;
    }
    var hidden = CREDENTIALS.matcher(text).replaceAll("://***@");
    return PASSWORD_PARAMETER.matcher(hidden).replaceAll("$1***");
  }
}
