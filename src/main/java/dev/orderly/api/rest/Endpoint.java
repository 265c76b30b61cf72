package dev.orderly.api.rest;

import io.vertx.core.Future;

/** Turns one operation's call into a command, sends it, and encodes its answer. */
@FunctionalInterface
interface Endpoint {
  Future<Reply> handle(Call call);
}
