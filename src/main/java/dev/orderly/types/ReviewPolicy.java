package dev.orderly.types;

/**
 * What a type asks of those who approve its orders. Automatic approval is the system's own and not
 * held to it; an order that the system leaves to people is.
 *
 * @param quorum how many reviewers must approve the same submission (1 to 20)
 * @param fourEyes whether those who proposed the order or submitted its results are refused
 * @param digestRequired whether an approval or rejection must name the digest that was reviewed
 * @param escalateAfterSeconds how long an order may stay submitted before its trail says that it is
 *     overdue; null for ever
 */
public record ReviewPolicy(
    int quorum, boolean fourEyes, boolean digestRequired, Integer escalateAfterSeconds) {
  public static final int QUORUM_MAX = 20;

  /** A year. */
  public static final int ESCALATE_AFTER_SECONDS_MAX = 31_536_000;

  /** One reviewer, whoever it is, without a digest and without a time limit. */
  public static final ReviewPolicy DEFAULT = new ReviewPolicy(1, false, false, null);

  public ReviewPolicy {
    require(quorum >= 1 && quorum <= QUORUM_MAX, "quorum must be 1 to 20");
    require(
        escalateAfterSeconds == null
            || (escalateAfterSeconds >= 1 && escalateAfterSeconds <= ESCALATE_AFTER_SECONDS_MAX),
        "escalate_after_seconds must be 1 to 31536000");
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new IllegalArgumentException(message);
    }
  }
}
