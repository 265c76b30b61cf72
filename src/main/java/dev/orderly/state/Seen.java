package dev.orderly.state;

import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import java.util.List;

/**
 * What a reviewer says it looked at.
 *
 * @param digests any of them may be the present one; empty if none was named
 * @param any true if the reviewer said that whatever is there will do
 */
public record Seen(List<String> digests, boolean any) {
  public static final Seen NONE = new Seen(List.of(), false);

  /**
   * @param required whether the order's policy wants a digest; that anything will do is none
   * @param current the digest of what is there now
   * @param what for people: {@code order} or {@code item}
   * @throws Rejected {@code digest_required}, or {@code stale_digest} if something else was seen
   */
  public void require(boolean required, String current, String what, Object id) {
    if (digests.isEmpty()) {
      if (required) {
        throw new Rejected(
                ErrorCode.DIGEST_REQUIRED,
                "The type of this order asks for the digest of what was reviewed; this request names"
                    + " none")
            .next(
                "Get the %s and look at it".formatted(what),
                "Send its digest as the header If-Match, in quotes, or as digest in the body");
      }
    } else if (!digests.contains(current)) {
      throw new Rejected(
              ErrorCode.STALE_DIGEST,
              "%s %s is not any more what had the digest %s: a submission, or what is accepted or"
                      .formatted(what.equals("item") ? "Item" : "Order", id, digests.getFirst())
                  + " rejected of it, has changed since")
          .next("Get the %s again, look at what is there now, and use its digest".formatted(what));
    }
  }
}
