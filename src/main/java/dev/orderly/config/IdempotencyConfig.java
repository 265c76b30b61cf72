package dev.orderly.config;

import java.util.List;

/**
 * Idempotency keys.
 *
 * @param enforceOn names of operations, each at most once
 */
public record IdempotencyConfig(
    @Key(
            about = "The operations that are refused with 428 if they bring no key.",
            fallback = "propose,submit,part,finalize,approve,reject",
            choices = {
              "propose",
              "submit",
              "part",
              "finalize",
              "approve",
              "reject",
              "comment",
              "cancel",
              "revert",
              "retry",
              "fail",
              "create_token"
            })
        List<String> enforceOn,
    @Key(
            about = "How long a key and the answer to its request are kept.",
            fallback = "24",
            min = 1,
            max = 8760)
        int keepHours) {
  public IdempotencyConfig {
    enforceOn = enforceOn.stream().distinct().toList();
  }
}
