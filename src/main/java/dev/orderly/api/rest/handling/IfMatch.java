package dev.orderly.api.rest.handling;

import dev.orderly.domain.Rejected;
import dev.orderly.domain.Violation;
import dev.orderly.state.Seen;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What a reviewer says it looked at: the header {@code If-Match} (RFC 9110, section 13.1.1), the
 * body's {@code digest}, or both if they agree.
 */
public final class IfMatch {
  private static final Pattern TAG =
      Pattern.compile("\\s*(W/)?\"([\\x21\\x23-\\x7e]{0,255})\"\\s*(?:,|$)");
  private static final int MAX_CHARS = 4_000;

  private IfMatch() {}

  /**
   * @throws Rejected {@code invalid} if the header cannot be read, or names other digests than the
   *     body
   */
  public static Seen read(Call call) {
    var header = call.header("If-Match");
    var digest = call.body().getString("digest");
    if (header == null) {
      return digest == null ? Seen.NONE : new Seen(List.of(digest), false);
    }
    if (header.strip().equals("*")) {
      return digest == null ? new Seen(List.of(), true) : new Seen(List.of(digest), false);
    }
    var tags = tags(header);
    if (digest == null) {
      return new Seen(tags, false);
    }
    if (!tags.contains(digest)) {
      throw Rejected.invalid(
          "The header If-Match and the body name different digests",
          List.of(new Violation("/digest", "digest.contradiction", "is not that of If-Match")));
    }
    return new Seen(List.of(digest), false);
  }

  /** A weak tag matches nothing here, as it says only that things are about the same. */
  private static List<String> tags(String header) {
    var tags = new ArrayList<String>();
    var tag = TAG.matcher(header);
    int at = 0;
    while (at < header.length() && at < MAX_CHARS && tag.find(at) && tag.start() == at) {
      tags.add((tag.group(1) == null ? "" : "W/") + tag.group(2));
      at = tag.end();
    }
    if (tags.isEmpty() || at < header.length()) {
      var message =
          "The header If-Match must be a digest in quotes, several such with commas between, or *";
      throw Rejected.invalid(message, List.of(new Violation("", "header.invalid", message)));
    }
    return List.copyOf(tags);
  }
}
