package dev.orderly.api.rest.handling;

import dev.orderly.idempotency.Answer;

/** Encodes the answers to commands. */
public final class Answers {
  public static final String REPLAYED = "Idempotency-Replayed";

  private Answers() {}

  public static Reply encode(Answer answer) {
    var reply = Reply.json(answer.status(), answer.body());
    return answer.replayed() ? reply.with(REPLAYED, "true") : reply;
  }
}
