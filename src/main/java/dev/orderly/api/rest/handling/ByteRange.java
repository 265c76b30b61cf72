package dev.orderly.api.rest.handling;

import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import java.util.regex.Pattern;

/**
 * A stretch of bytes.
 *
 * @param first from 0
 */
public record ByteRange(long first, long length) {
  /** One range only; 18 digits are more than any file has bytes. */
  private static final Pattern ONE = Pattern.compile("bytes=(\\d{0,18})-(\\d{0,18})");

  /**
   * What a Range header asks for, RFC 9110 section 14.2.
   *
   * @param header may be null
   * @param total how many bytes there are
   * @return null if all are to be sent: there is no header, or one that may be ignored
   * @throws Rejected {@code range_not_satisfiable} if it asks for bytes that are not there
   */
  public static ByteRange of(String header, long total) {
    var matcher = ONE.matcher(header == null ? "" : header.strip());
    if (!matcher.matches() || (matcher.group(1).isEmpty() && matcher.group(2).isEmpty())) {
      return null;
    }
    long first;
    long last;
    if (matcher.group(1).isEmpty()) {
      long suffix = Long.parseLong(matcher.group(2));
      first = suffix == 0 ? total : Math.max(0, total - suffix);
      last = total - 1;
    } else {
      first = Long.parseLong(matcher.group(1));
      last = matcher.group(2).isEmpty() ? total - 1 : Long.parseLong(matcher.group(2));
      if (last < first && !matcher.group(2).isEmpty()) {
        return null;
      }
      last = Math.min(last, total - 1);
    }
    if (first >= total) {
      throw new Rejected(
          ErrorCode.RANGE_NOT_SATISFIABLE, "The artifact has %d bytes".formatted(total));
    }
    return new ByteRange(first, last - first + 1);
  }

  /** The Content-Range header of an answer. */
  public String contentRange(long total) {
    return "bytes %d-%d/%d".formatted(first, first + length - 1, total);
  }
}
