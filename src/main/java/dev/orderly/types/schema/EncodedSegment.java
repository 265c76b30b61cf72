package dev.orderly.types.schema;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * A key as the schema validator writes it in its locations: percent-encoded UTF-8 with {@code ~0}
 * and {@code ~1}, and bytes under 16 with a single digit, so that decoding may need a second look.
 */
final class EncodedSegment {
  private static final String PLAIN =
      ":?#@!$&'()*+,;=0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-._";

  private EncodedSegment() {}

  static String encode(String key) {
    var encoded = new StringBuilder();
    for (byte b : key.getBytes(StandardCharsets.UTF_8)) {
      switch ((char) b) {
        case '~' -> encoded.append("~0");
        case '/' -> encoded.append("~1");
        default -> {
          if (b > 0 && PLAIN.indexOf(b) >= 0) {
            encoded.append((char) b);
          } else {
            var hex = Integer.toHexString(Byte.toUnsignedInt(b));
            encoded.append('%').append(hex.toUpperCase(Locale.ROOT));
          }
        }
      }
    }
    return encoded.toString();
  }

  /** The key, unless it holds control characters. */
  static String decode(String segment) {
    if (segment.indexOf('%') < 0 && segment.indexOf('~') < 0) {
      return segment;
    }
    var bytes = new ByteArrayOutputStream(segment.length());
    for (int i = 0; i < segment.length(); i++) {
      char c = segment.charAt(i);
      int code = c == '%' && i + 2 < segment.length() ? hex(segment, i + 1) : -1;
      if (code >= 0) {
        bytes.write(code);
        i += 2;
      } else {
        bytes.writeBytes(String.valueOf(c).getBytes(StandardCharsets.UTF_8));
      }
    }
    return bytes.toString(StandardCharsets.UTF_8).replace("~1", "/").replace("~0", "~");
  }

  private static int hex(String text, int at) {
    int high = Character.digit(text.charAt(at), 16);
    int low = Character.digit(text.charAt(at + 1), 16);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
  }
}
