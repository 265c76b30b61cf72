package dev.orderly.state.parts;

import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import dev.orderly.domain.Sha256;
import dev.orderly.domain.Violation;
import dev.orderly.types.json.CanonicalJson;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;

/**
 * A payload's measure.
 *
 * @param bytes its size as canonical JSON, RFC 8785
 * @param checksum SHA-256 of that, in hexadecimal digits
 */
record PartContent(int bytes, String checksum) {

  /**
   * @param claimed what the caller takes the checksum to be, or null
   * @throws Rejected if the payload is too large, has no canonical form, or is not what was claimed
   */
  static PartContent of(JsonObject payload, String claimed, int maxBytes) {
    byte[] canonical;
    try {
      canonical = CanonicalJson.bytes(payload);
    } catch (IllegalArgumentException e) {
      throw Rejected.invalid(
          "The payload has no canonical form (RFC 8785)",
          List.of(new Violation("/payload", "not_canonical", e.getMessage())));
    }
    if (canonical.length > maxBytes) {
      var detail =
          "The payload has %d bytes as canonical JSON; a part may have %d"
              .formatted(canonical.length, maxBytes);
      throw new Rejected(
          ErrorCode.PART_TOO_LARGE,
          detail,
          List.of(new Violation("/payload", "parts.max_part_bytes", detail)),
          List.of("Send less in one part"));
    }
    var content = new PartContent(canonical.length, Sha256.hex(canonical));
    if (claimed != null && !claimed.toLowerCase(Locale.ROOT).equals(content.checksum())) {
      throw new Rejected(
          ErrorCode.CHECKSUM_MISMATCH,
          "The payload's checksum is %s, not the one that was sent".formatted(content.checksum()),
          List.of(
              new Violation(
                  "/checksum", "checksum_mismatch", "is not SHA-256 of the canonical payload")),
          List.of("Take SHA-256 of the payload as canonical JSON (RFC 8785), or leave it out"));
    }
    return content;
  }
}
