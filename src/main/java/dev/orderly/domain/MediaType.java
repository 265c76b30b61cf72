package dev.orderly.domain;

import java.util.Locale;
import java.util.regex.Pattern;

/**
 * A media type, RFC 9110 section 8.3.1, without its parameters.
 *
 * @param type in lower case, such as {@code text}
 * @param subtype in lower case, such as {@code markdown}; {@code *} in a range for any
 */
public record MediaType(String type, String subtype) {
  private static final String TOKEN = "[A-Za-z0-9!#$&^_.+-]{1,100}";
  private static final Pattern PLAIN =
      Pattern.compile("(" + TOKEN + ")/(" + TOKEN + ")(\\s*;[\\x20-\\x7e]*)?");
  private static final Pattern RANGE =
      Pattern.compile("(" + TOKEN + ")/(" + TOKEN + "|\\*)(\\s*;[\\x20-\\x7e]*)?");

  /**
   * @param text may have parameters, which are left out
   * @return null if it is none
   */
  public static MediaType parse(String text) {
    return parse(PLAIN, text);
  }

  /** As {@link #parse}, and takes {@code type/*} too. */
  public static MediaType parseRange(String text) {
    return parse(RANGE, text);
  }

  /** Whether this one, which may be a range, takes in another. */
  public boolean includes(MediaType other) {
    return type.equals(other.type) && (subtype.equals("*") || subtype.equals(other.subtype));
  }

  private static MediaType parse(Pattern pattern, String text) {
    var matcher = pattern.matcher(text.strip());
    return matcher.matches()
        ? new MediaType(
            matcher.group(1).toLowerCase(Locale.ROOT), matcher.group(2).toLowerCase(Locale.ROOT))
        : null;
  }

  @Override
  public String toString() {
    return type + "/" + subtype;
  }
}
