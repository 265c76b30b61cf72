package dev.orderly.bench;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.ArrayList;
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

  private final Vertx vertx;
  private final List<URI> urls;
  private final String token;
  private final int agents;
  private final HttpClientAgent http;
  private final String run = UUID.randomUUID().toString();
  private final Measured measured = new Measured();
  private long calls;
  private boolean stopping;

  HandOver(Vertx vertx, List<URI> urls, String token, int agents) {
    this.vertx = vertx;
    this.urls = urls;
    this.token = token;
    this.agents = agents;
    this.http =
        vertx.createHttpClient(
            new HttpClientOptions().setTcpNoDelay(true),
            new PoolOptions().setHttp1MaxSize(agents + 64));
  }

  /**
   * @param itemsPerSecond in orders of so many items each
   */
  Future<Measured> run(int itemsPerSecond, int itemsPerOrder, int warmUpSeconds, int seconds) {
    List<Future<Void>> ends = new ArrayList<>();
    for (int i = 0; i < agents; i++) {
      var ended = Promise.<Void>promise();
      ends.add(ended.future());
      checkout("bench-" + i, urls.get(i % urls.size()), ended);
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
                http.close();
              });
        });
    return Future.join(ends).transform(done -> Future.succeededFuture(measured));
  }

  private void propose(int items) {
    var body =
        new JsonObject()
            .put("type", TYPE)
            .put(
                "payload",
                new JsonObject().put("items", items).put("sent", "" + System.nanoTime()));
    post(urls.getFirst(), "/agent/work/propose", null, body)
        .onSuccess(
            reply -> {
              if (reply.getString("code") != null) {
                measured.error("propose " + reply.getString("code"));
              }
            })
        .onFailure(this::failed);
  }

  private void checkout(String agent, URI url, Promise<Void> ended) {
    if (stopping) {
      ended.tryComplete();
      return;
    }
    var body = new JsonObject().put("type", TYPE).put("wait", WAIT_SECONDS);
    post(url, "/agent/work/checkout", agent, body)
        .compose(
            reply -> {
              var item = reply.getJsonObject("item");
              if (item == null) {
                return Future.succeededFuture();
              }
              long sent = Long.parseLong(item.getJsonObject("input").getString("sent"));
              measured.call("hand-over", System.nanoTime() - sent);
              return submit(url, agent, item);
            })
        .onComplete(
            done -> checkout(agent, url, ended),
            failure -> {
              failed(failure);
              if (stopping) {
                ended.tryComplete();
              } else {
                vertx.setTimer(50, _ -> checkout(agent, url, ended));
              }
            });
  }

  private Future<JsonObject> submit(URI url, String agent, JsonObject item) {
    var body =
        new JsonObject()
            .put("result", new JsonObject().put("ok", true))
            .put("lease_token", item.getJsonObject("lease").getString("token"));
    return post(url, "/agent/work/items/" + item.getString("id") + "/submit", agent, body)
        .onSuccess(
            reply -> {
              if (reply.getString("code") == null) {
                measured.lifecycle();
              } else {
                measured.error("submit " + reply.getString("code"));
              }
            });
  }

  private Future<JsonObject> post(URI url, String path, String agent, JsonObject body) {
    var request =
        new RequestOptions()
            .setMethod(HttpMethod.POST)
            .setHost(url.getHost())
            .setPort(url.getPort())
            .setURI(path)
            .putHeader("authorization", "Bearer " + token)
            .putHeader("content-type", "application/json")
            .putHeader("idempotency-key", run + "-" + calls++);
    if (agent != null) {
      request.putHeader("x-agent-id", agent);
    }
    return http.request(request)
        .compose(sent -> sent.send(body.toBuffer()))
        .compose(answer -> answer.body().map(Buffer::toJsonObject));
  }

  private void failed(Throwable cause) {
    if (!stopping) {
      measured.error(cause.getClass().getSimpleName());
    }
  }
}
