package dev.orderly.api.rest;

import dev.orderly.idempotency.Answer;

/** Encodes the answers to commands. */
final class Answers {
  private Answers() {}

  static Reply encode(Answer answer) {
    var reply = Reply.json(answer.status(), answer.body());
    return answer.replayed() ? reply.with("Idempotency-Replayed", "true") : reply;
  }
}
