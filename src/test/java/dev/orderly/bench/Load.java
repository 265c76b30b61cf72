package dev.orderly.bench;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientConnection;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpConnectOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Agents that check out and submit one item after the other, each over a connection of its own, all
 * on one event loop: the client shares its cores with what it measures and must cost little.
 */
final class Load {
  static final String TYPE = "bench.noop";
  private static final int PROPOSERS = 4;
  private static final long RETRY_MILLIS = 50;

  private final Vertx vertx;
  private final List<URI> urls;
  private final Buffer checkout;
  private final String token;
  private final int agents;
  private final int batch;
  private final HttpClientAgent http;
  private final String run = UUID.randomUUID().toString();
  private final Measured measured = new Measured();
  private long submits;
  private int waiting;
  private boolean stopping;

  /**
   * @param urls the nodes, which the agents share evenly
   * @param batch how many items each call is about; 1 is the single calls
   */
  Load(Vertx vertx, List<URI> urls, String token, int agents, int batch) {
    this.vertx = vertx;
    this.urls = urls;
    this.batch = batch;
    this.checkout =
        Buffer.buffer("{\"type\":\"%s\"%s}".formatted(TYPE, batch == 1 ? "" : ",\"max\":" + batch));
    this.token = token;
    this.agents = agents;
    this.http = vertx.createHttpClient(new HttpClientOptions().setTcpNoDelay(true));
  }

  /** Proposes orders of a type whose payload is their number of items, until there are so many. */
  Future<Void> propose(String type, int items, int itemsPerOrder) {
    int orders = Math.ceilDiv(items, itemsPerOrder);
    var next = new AtomicInteger();
    List<Future<Void>> proposers = new ArrayList<>();
    for (int i = 0; i < PROPOSERS; i++) {
      proposers.add(
          connect(urls.get(i % urls.size()))
              .compose(own -> proposeOn(own, type, next, orders, itemsPerOrder)));
    }
    return Future.all(proposers).mapEmpty();
  }

  private Future<Void> proposeOn(
      HttpClientConnection connection,
      String type,
      AtomicInteger next,
      int orders,
      int itemsPerOrder) {
    int number = next.getAndIncrement();
    if (number >= orders) {
      return connection.close();
    }
    var body =
        Buffer.buffer(
            "{\"type\":\"%s\",\"payload\":{\"items\":%d}}".formatted(type, itemsPerOrder));
    return post(connection, "/agent/work/propose", null, run + "-order-" + number, body)
        .compose(
            reply ->
                reply.status == 201
                    ? proposeOn(connection, type, next, orders, itemsPerOrder)
                    : Future.failedFuture("Propose was answered " + reply.status + reply.body));
  }

  /** Lets the agents work, for the seconds given or until nothing is left. */
  Future<Measured> work(int warmUpSeconds, int seconds) {
    List<Future<Void>> ends = new ArrayList<>();
    for (int i = 0; i < agents; i++) {
      var agent = new Agent("bench-" + i, urls.get(i % urls.size()));
      ends.add(agent.ended.future());
      agent.connect();
    }
    vertx.setTimer(
        warmUpSeconds * 1_000L,
        _ -> {
          measured.begin();
          vertx.setTimer(seconds * 1_000L, _ -> stop());
        });
    return Future.all(ends).map(measured);
  }

  private void stop() {
    if (!stopping) {
      stopping = true;
      measured.end();
    }
  }

  private Future<HttpClientConnection> connect(URI url) {
    return http.connect(new HttpConnectOptions().setHost(url.getHost()).setPort(url.getPort()));
  }

  private record Reply(int status, String body) {
    /** The first string value of that name after the marker. */
    String text(String marker, String name) {
      String start = "\"" + name + "\":\"";
      int at = body.indexOf(start, Math.max(0, body.indexOf(marker))) + start.length();
      return body.substring(at, body.indexOf('"', at));
    }
  }

  private Future<Reply> post(
      HttpClientConnection connection, String path, String agent, String key, Buffer body) {
    var request =
        new RequestOptions()
            .setMethod(HttpMethod.POST)
            .setHost(connection.remoteAddress().host())
            .setPort(connection.remoteAddress().port())
            .setURI(path)
            .putHeader("authorization", "Bearer " + token)
            .putHeader("content-type", "application/json");
    if (agent != null) {
      request.putHeader("x-agent-id", agent);
    }
    if (key != null) {
      request.putHeader("idempotency-key", key);
    }
    return connection
        .request(request)
        .compose(sent -> sent.send(body))
        .compose(
            answer -> answer.body().map(bytes -> new Reply(answer.statusCode(), bytes.toString())));
  }

  private final class Agent {
    private final String name;
    private final Promise<Void> ended = Promise.promise();
    private final URI url;
    private HttpClientConnection connection;

    Agent(String name, URI url) {
      this.name = name;
      this.url = url;
    }

    void connect() {
      Load.this
          .connect(url)
          .onSuccess(
              made -> {
                connection = made;
                checkout();
              })
          .onFailure(this::broken);
    }

    private void checkout() {
      if (stopping) {
        connection.close().onComplete(_ -> ended.tryComplete());
        return;
      }
      long began = System.nanoTime();
      post(connection, "/agent/work/checkout", name, null, checkout)
          .onSuccess(reply -> checkedOut(reply, began))
          .onFailure(this::broken);
    }

    private void checkedOut(Reply reply, long began) {
      if (reply.status == 200) {
        measured.call("checkout", System.nanoTime() - began);
        if (batch == 1) {
          submit(reply.text("\"item\"", "id"), reply.text("\"lease\"", "token"));
        } else {
          submitAll(new JsonObject(reply.body).getJsonArray("items"));
        }
      } else if (reply.status == 409) {
        nothingLeft();
      } else {
        measured.error("checkout " + reply.status);
        vertx.setTimer(RETRY_MILLIS, _ -> checkout());
      }
    }

    private void nothingLeft() {
      waiting++;
      if (waiting > 2 * agents) { // not one agent's bad luck: the queue is empty
        if (!measured.running() && !stopping) {
          measured.error("no items were left before the measured time began");
          measured.begin();
        }
        stop();
      }
      vertx.setTimer(RETRY_MILLIS, _ -> checkout());
    }

    private void submit(String item, String leaseToken) {
      var body = Buffer.buffer("{\"result\":{\"ok\":true},\"lease_token\":\"" + leaseToken + "\"}");
      String key = run + "-" + submits++;
      long began = System.nanoTime();
      post(connection, "/agent/work/items/" + item + "/submit", name, key, body)
          .onSuccess(
              reply -> {
                if (reply.status == 202) {
                  measured.call("submit", System.nanoTime() - began);
                  measured.lifecycle();
                } else {
                  measured.error("submit " + reply.status);
                }
                checkout();
              })
          .onFailure(this::broken);
    }

    private void submitAll(JsonArray items) {
      var results = new JsonArray();
      for (int i = 0; i < items.size(); i++) {
        var item = items.getJsonObject(i);
        results.add(
            new JsonObject()
                .put("item_id", item.getString("id"))
                .put("lease_token", item.getJsonObject("lease").getString("token"))
                .put("result", new JsonObject().put("ok", true)));
      }
      var body = new JsonObject().put("items", results).toBuffer();
      String key = run + "-" + submits++;
      long began = System.nanoTime();
      post(connection, "/agent/work/items/submit", name, key, body)
          .onSuccess(
              reply -> {
                submittedAll(reply, began);
                checkout();
              })
          .onFailure(this::broken);
    }

    private void submittedAll(Reply reply, long began) {
      if (reply.status != 200) {
        measured.error("submit " + reply.status);
        return;
      }
      measured.call("submit", System.nanoTime() - began);
      var outcomes = new JsonObject(reply.body).getJsonArray("results");
      for (int i = 0; i < outcomes.size(); i++) {
        int status = outcomes.getJsonObject(i).getInteger("status");
        if (status == 202) {
          measured.lifecycle();
        } else {
          measured.error("submit of one of many " + status);
        }
      }
    }

    private void broken(Throwable cause) {
      if (stopping) {
        ended.tryComplete();
        return;
      }
      measured.error(cause.getClass().getSimpleName());
      vertx.setTimer(RETRY_MILLIS, _ -> connect());
    }
  }
}
