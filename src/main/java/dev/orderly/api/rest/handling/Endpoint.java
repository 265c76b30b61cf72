package dev.orderly.api.rest.handling;

import io.vertx.core.Future;

/** Turns one operation's call into a command, sends it, and encodes its answer. */
@FunctionalInterface
public interface Endpoint {
  Future<Reply> handle(Call call);
}
