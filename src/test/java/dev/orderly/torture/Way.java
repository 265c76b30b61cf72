package dev.orderly.torture;

import dev.orderly.torture.Api.Reply;
import dev.orderly.torture.Entry.Op;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** How an agent talks to the nodes. Whatever it asks, it asks any of them. */
interface Way extends AutoCloseable {

  /**
   * @param queues null for any
   * @param max how many items; 0 to leave that unsaid
   * @param waitSeconds 0 for no waiting
   * @return with a list {@code items}, if there was something
   */
  Reply checkout(List<String> queues, int max, int waitSeconds);

  /**
   * Asks the same of several items.
   *
   * @param asked what the protocol wants for each, {@code item_id} among it
   * @param key the idempotency key, or null
   * @return an answer for each, in their order
   */
  List<Reply> ask(Op op, List<JsonObject> asked, String key);

  @Override
  void close();
}
