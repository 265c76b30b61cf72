package dev.orderly.bench;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.UUID;

/**
 * How long an item takes from its proposal to an agent that waits for it. Orders come at a fixed
 * rate, whatever the node does; each item carries the time at which its proposal was sent.
 */
final class HandOver {
  static final String TYPE = "bench.sent";
  static final String TYPE_FILE =
      """
      type: bench.sent
      version: 1
      payload:
        type: object
        required: [items, sent]
        properties: { items: { type: integer, minimum: 1 }, sent: { type: string } }
      plan: '[1..order.payload.items].{"input": {"sent": $$.order.payload.sent}}'
      submission:
        schema: { type: object }
      apply: { none: {} }
      lease: { ttl_seconds: 600, heartbeat_every_seconds: 120 }
      """;

  private static final int WAIT_SECONDS = 20;
  private static final String CHECKOUT =
      "{\"type\":\"%s\",\"wait\":%d}".formatted(TYPE, WAIT_SECONDS);

  private final Vertx vertx;
  private final List<URI> urls;
  private final String token;
  private final int agents;
  private final NetClient client;
  private final String run = UUID.randomUUID().toString();
  private final Measured measured = new Measured();
  private final Deque<LeanHttp> proposers = new ArrayDeque<>();
  private long calls;
  private boolean stopping;

  HandOver(Vertx vertx, List<URI> urls, String token, int agents) {
    this.vertx = vertx;
    this.urls = urls;
    this.token = token;
    this.agents = agents;
    this.client = vertx.createNetClient(new NetClientOptions().setTcpNoDelay(true));
  }

  /**
   * @param itemsPerSecond in orders of so many items each
   */
  Future<Measured> run(int itemsPerSecond, int itemsPerOrder, int warmUpSeconds, int seconds) {
    List<Future<Void>> ends = new ArrayList<>();
    for (int i = 0; i < agents; i++) {
      var agent = new Agent("bench-" + i, urls.get(i % urls.size()));
      ends.add(agent.ended());
      agent.connect();
    }
    long everyMicros = 1_000_000L * itemsPerOrder / itemsPerSecond;
    long began = System.nanoTime();
    var proposed = new long[1];
    long timer =
        vertx.setPeriodic(
            1,
            tick -> {
              long due = (System.nanoTime() - began) / 1_000 / everyMicros;
              while (proposed[0] < due) {
                proposed[0]++;
                propose(itemsPerOrder);
              }
            });
    vertx.setTimer(
        warmUpSeconds * 1_000L,
        _ -> {
          measured.begin();
          vertx.setTimer(
              seconds * 1_000L,
              _ -> {
                measured.end();
                vertx.cancelTimer(timer);
                stopping = true;
                client.close();
              });
        });
    return Future.join(ends).transform(done -> Future.succeededFuture(measured));
  }

  /** Over a connection of its own if all others still wait for their answers. */
  private void propose(int items) {
    var free = proposers.poll();
    var connection =
        free == null ? LeanHttp.connect(client, urls.getFirst()) : Future.succeededFuture(free);
    connection
        .compose(
            own -> {
              var body =
                  "{\"type\":\"%s\",\"payload\":{\"items\":%d,\"sent\":\"%d\"}}"
                      .formatted(TYPE, items, System.nanoTime());
              return own.send(own.head("/agent/work/propose", token, null, key()), body)
                  .onSuccess(reply -> proposers.add(own));
            })
        .onSuccess(
            reply -> {
              if (reply.status() != 201) {
                measured.error("propose " + reply.status());
              }
            })
        .onFailure(this::failed);
  }

  private String key() {
    return run + "-" + calls++;
  }

  private final class Agent extends BenchAgent {
    Agent(String name, URI url) {
      super(vertx, client, url, token, name, measured);
    }

    @Override
    boolean stopping() {
      return stopping;
    }

    @Override
    void checkout() {
      if (stopping) {
        end();
        return;
      }
      sendCheckout(CHECKOUT)
          .onSuccess(
              reply -> {
                if (reply.status() == 200) {
                  long sent = Long.parseLong(reply.text("\"sent\": \""));
                  measured.call("hand-over", System.nanoTime() - sent);
                  submit(reply);
                } else {
                  if (reply.status() != 409) {
                    measured.error("checkout " + reply.status());
                  }
                  checkout();
                }
              })
          .onFailure(this::broken);
    }

    private void submit(LeanHttp.Reply item) {
      sendSubmit(item, key())
          .onSuccess(
              reply -> {
                if (reply.status() == 202) {
                  measured.lifecycle();
                } else {
                  measured.error("submit " + reply.status());
                }
                checkout();
              })
          .onFailure(this::broken);
    }
  }

  private void failed(Throwable cause) {
    if (!stopping) {
      measured.error(cause.getClass().getSimpleName());
    }
  }
}
