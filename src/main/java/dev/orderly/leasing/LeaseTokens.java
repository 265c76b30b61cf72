package dev.orderly.leasing;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Lease tokens: shard, item and fence under a MAC (HMAC-SHA-256, its first 128 bits), so that any
 * node knows where to ask and nobody can make one up. A token by itself decides nothing: the
 * database does.
 */
public final class LeaseTokens {
  private static final String ALGORITHM = "HmacSHA256";
  private static final byte VERSION = 1;
  private static final int CONTENT_BYTES = 1 + 2 + 16 + 8;
  private static final int MAC_BYTES = 16;

  /** Never used itself: a copy costs less than looking a MAC up and giving it the key. */
  private final Mac keyed;

  /**
   * @param key shared by all nodes; at least 32 bytes
   */
  public LeaseTokens(byte[] key) {
    try {
      keyed = Mac.getInstance(ALGORITHM);
      keyed.init(new SecretKeySpec(key, ALGORITHM));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has HMAC-SHA-256", e);
    }
  }

  /** What a genuine token says. */
  public record Content(int shard, UUID itemId, long fence) {}

  public String issue(int shard, UUID itemId, long fence) {
    var content =
        ByteBuffer.allocate(CONTENT_BYTES)
            .put(VERSION)
            .putShort((short) shard)
            .putLong(itemId.getMostSignificantBits())
            .putLong(itemId.getLeastSignificantBits())
            .putLong(fence)
            .array();
    var token = Arrays.copyOf(content, CONTENT_BYTES + MAC_BYTES);
    System.arraycopy(mac(content), 0, token, CONTENT_BYTES, MAC_BYTES);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(token);
  }

  /**
   * @return what the token says; empty if it is not one of ours
   */
  public Optional<Content> read(String token) {
    byte[] bytes;
    try {
      bytes = Base64.getUrlDecoder().decode(token);
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
    if (bytes.length != CONTENT_BYTES + MAC_BYTES || bytes[0] != VERSION) {
      return Optional.empty();
    }
    var content = Arrays.copyOf(bytes, CONTENT_BYTES);
    var shown = Arrays.copyOfRange(bytes, CONTENT_BYTES, bytes.length);
    if (!MessageDigest.isEqual(shown, Arrays.copyOf(mac(content), MAC_BYTES))) {
      return Optional.empty();
    }
    var buffer = ByteBuffer.wrap(content, 1, CONTENT_BYTES - 1);
    return Optional.of(
        new Content(
            Short.toUnsignedInt(buffer.getShort()),
            new UUID(buffer.getLong(), buffer.getLong()),
            buffer.getLong()));
  }

  private byte[] mac(byte[] content) {
    try {
      return ((Mac) keyed.clone()).doFinal(content);
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException("the JDK's HMAC-SHA-256 can be copied", e);
    }
  }
}
