package dev.orderly.auth;

import dev.orderly.domain.Sha256;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.regex.Pattern;

/**
 * What a client shows to say who it is. It holds 256 random bits, so a plain SHA-256 is enough to
 * keep it by: there is nothing to guess at.
 *
 * @param text the secret itself
 */
public record TokenSecret(String text) {
  private static final int BYTES = 32;
  private static final Pattern FORM = Pattern.compile("ordl_[A-Za-z0-9_-]{43}");
  private static final SecureRandom RANDOM = new SecureRandom();

  public static TokenSecret random() {
    var bytes = new byte[BYTES];
    RANDOM.nextBytes(bytes);
    return new TokenSecret("ordl_" + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
  }

  /** True if the text can be one of Orderly's secrets at all. */
  public static boolean hasForm(String text) {
    return FORM.matcher(text).matches();
  }

  /** SHA-256, in lower-case hexadecimal: what is stored, and what {@code Authenticate} takes. */
  public String hash() {
    return hash(text);
  }

  /** As {@link #hash()}, for whatever a client showed. */
  public static String hash(String text) {
    return Sha256.hex(text);
  }

  /** Never shows the secret. */
  @Override
  public String toString() {
    return "ordl_***";
  }
}
