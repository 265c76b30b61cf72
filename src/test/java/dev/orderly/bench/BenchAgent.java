package dev.orderly.bench;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClient;
import java.net.URI;

/**
 * An agent on a connection of its own, which it makes anew after a failure, until all are to stop.
 * What it asks for, and what it does with the answer, is its subclass's.
 */
abstract class BenchAgent {
  static final long RETRY_MILLIS = 50;

  // Of an answer that says what is wanted, in the order of its fields.
  static final String ID = "\"id\":\"";
  static final String LEASE_TOKEN = "\"token\":\"";

  private final Vertx vertx;
  private final NetClient client;
  private final URI url;
  private final String token;
  private final String name;
  private final Measured measured;
  private final Promise<Void> ended = Promise.promise();
  private LeanHttp connection;
  private String checkoutHead;

  /**
   * @param url the node it works for
   * @param measured told of each failure before the end
   */
  BenchAgent(Vertx vertx, NetClient client, URI url, String token, String name, Measured measured) {
    this.vertx = vertx;
    this.client = client;
    this.url = url;
    this.token = token;
    this.name = name;
    this.measured = measured;
  }

  /** Asks for work, or ends if all are to stop; first called once it is connected. */
  abstract void checkout();

  /** Whether all are to stop: failures no longer count, and it does not connect again. */
  abstract boolean stopping();

  /** Completed by {@link #end}, or by a failure after all were to stop; never fails. */
  final Future<Void> ended() {
    return ended.future();
  }

  final void connect() {
    LeanHttp.connect(client, url)
        .onSuccess(
            made -> {
              connection = made;
              checkoutHead = made.head("/agent/work/checkout", token, name, null);
              checkout();
            })
        .onFailure(this::broken);
  }

  final Future<LeanHttp.Reply> sendCheckout(String body) {
    return connection.send(checkoutHead, body);
  }

  /**
   * @param key the call's idempotency key
   */
  final Future<LeanHttp.Reply> send(String path, String key, String body) {
    return connection.send(connection.head(path, token, name, key), body);
  }

  /**
   * @param item the answer by which the agent got it
   */
  final Future<LeanHttp.Reply> sendSubmit(LeanHttp.Reply item, String key) {
    return send(
        "/agent/work/items/" + item.text(ID) + "/submit",
        key,
        "{\"result\":{\"ok\":true},\"lease_token\":\"" + item.text(LEASE_TOKEN) + "\"}");
  }

  final Future<Void> close() {
    return connection.close();
  }

  final void end() {
    ended.tryComplete();
  }

  /** What every call that fails without an answer comes to. */
  final void broken(Throwable cause) {
    if (stopping()) {
      end();
      return;
    }
    measured.error(cause.getClass().getSimpleName());
    vertx.setTimer(RETRY_MILLIS, _ -> connect());
  }
}
