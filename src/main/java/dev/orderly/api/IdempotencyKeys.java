package dev.orderly.api;

import dev.orderly.domain.Caller;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import dev.orderly.domain.Sha256;
import dev.orderly.idempotency.IdempotencyKey;
import java.util.List;

/** Binds the keys that clients send to caller, operation and body. */
public final class IdempotencyKeys {
  private static final int MAX_KEY = 255;

  private IdempotencyKeys() {}

  /** True if it can be a key: 1 to 255 printable ASCII characters. */
  public static boolean isKey(String sent) {
    return sent.length() <= MAX_KEY && printable(sent, ' ');
  }

  static boolean printable(String text, char lowest) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) < lowest || text.charAt(i) > '~') {
        return false;
      }
    }
    return !text.isEmpty();
  }

  /**
   * @param operation its name and, if it has one, the id of its resource
   * @param body what the key stands for, byte for byte
   */
  public static IdempotencyKey bind(Caller caller, String operation, String key, byte[] body) {
    var actor = caller.actor();
    return new IdempotencyKey(
        caller.tenant(),
        actor.kind().wire() + ":" + actor.id() + "|" + caller.agentId(),
        operation,
        key,
        Sha256.hex(body));
  }

  /**
   * @param how what to send, and where
   */
  public static Rejected required(String how) {
    return new Rejected(
        ErrorCode.IDEMPOTENCY_KEY_REQUIRED,
        "This operation needs an idempotency key",
        List.of(),
        List.of(how));
  }
}
