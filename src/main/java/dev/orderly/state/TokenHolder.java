package dev.orderly.state;

import dev.orderly.domain.Caller;
import io.vertx.core.json.JsonObject;

/**
 * Who handed something in by its token. The actor of such an event is the agent: four eyes have to
 * know both.
 */
public final class TokenHolder {
  private TokenHolder() {}

  /** For an event's payload, as {@code holder}. */
  public static JsonObject json(Caller caller) {
    return new JsonObject()
        .put("type", caller.actor().kind().wire())
        .put("id", caller.actor().id());
  }
}
