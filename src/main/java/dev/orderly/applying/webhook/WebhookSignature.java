package dev.orderly.applying.webhook;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Signs messages as the Standard Webhooks specification, version 1.0.0, says. */
final class WebhookSignature {
  private static final String ALGORITHM = "HmacSHA256";
  private static final String BASE64_SECRET = "whsec_";

  private WebhookSignature() {}

  /**
   * The value of the header {@code webhook-signature}.
   *
   * @param secret base64 after {@code whsec_}, or the key's own text
   * @param timestamp Unix time, in seconds
   * @throws IllegalArgumentException if the secret is empty or not the base64 that it claims to be
   */
  static String of(String secret, String id, long timestamp, Buffer body) {
    try {
      var mac = Mac.getInstance(ALGORITHM);
      mac.init(new SecretKeySpec(key(secret), ALGORITHM));
      mac.update("%s.%d.".formatted(id, timestamp).getBytes(StandardCharsets.UTF_8));
      return "v1," + Base64.getEncoder().encodeToString(mac.doFinal(body.getBytes()));
    } catch (NoSuchAlgorithmException | InvalidKeyException e) {
      throw new IllegalStateException("every JDK has " + ALGORITHM, e);
    }
  }

  private static byte[] key(String secret) {
    return secret.startsWith(BASE64_SECRET)
        ? Base64.getDecoder().decode(secret.substring(BASE64_SECRET.length()))
        : secret.getBytes(StandardCharsets.UTF_8);
  }
}
