package dev.orderly.api.rest;

import dev.orderly.idempotency.Answer;

/** Encodes the answers to commands. */
final class Answers {
  static final String REPLAYED = "Idempotency-Replayed";

  private Answers() {}

  static Reply encode(Answer answer) {
    var reply = Reply.json(answer.status(), answer.body());
    return answer.replayed() ? reply.with(REPLAYED, "true") : reply;
  }
}
