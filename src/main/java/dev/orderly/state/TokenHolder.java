package dev.orderly.state;

import dev.orderly.domain.Actor;
import io.vertx.core.json.JsonObject;

/**
 * Who handed something in by its token. The actor of such an event is the agent: four eyes have to
 * know both.
 */
public final class TokenHolder {
  private TokenHolder() {}

  /**
   * For an event's payload, as {@code holder}.
   *
   * @param actor whose token it is
   */
  public static JsonObject json(Actor actor) {
    return new JsonObject().put("type", actor.kind().wire()).put("id", actor.id());
  }
}
