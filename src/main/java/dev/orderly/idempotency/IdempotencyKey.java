package dev.orderly.idempotency;

import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import dev.orderly.domain.Sha256;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * Names one intended effect of one caller.
 *
 * @param tenant whose
 * @param caller the token's holder and the agent that it acts as
 * @param operation the operation and what it is applied to, e.g. {@code submit:<item id>}
 * @param key as the client sent it, at most 255 characters
 * @param bodyHash SHA-256 of the request's body, in hexadecimal digits
 */
public record IdempotencyKey(
    String tenant, String caller, String operation, String key, String bodyHash) {

  /** SHA-256 of what is named, 32 bytes: what is stored instead of it. */
  public Buffer digest() {
    var all = String.join("\n", tenant, caller, operation, key);
    return Buffer.buffer(Sha256.digest(all.getBytes(StandardCharsets.UTF_8)));
  }

  /** SHA-256 of the request's body, 32 bytes. */
  public Buffer bodyDigest() {
    return Buffer.buffer(HexFormat.of().parseHex(bodyHash));
  }

  /**
   * @param stored the digest of the body for which the key was used before
   * @throws Rejected if that was another body
   */
  public void requireSameBody(Buffer stored) {
    if (!stored.equals(bodyDigest())) {
      throw new Rejected(
          ErrorCode.IDEMPOTENCY_MISMATCH,
          "This idempotency key was used before with another request body; use a new key for a new"
              + " request");
    }
  }
}
