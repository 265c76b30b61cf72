package dev.orderly.bench;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
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

  /** Of each result in the answer to a batch that was taken. */
  private static final String TAKEN = "\"status\":202";

  private final Vertx vertx;
  private final List<URI> urls;
  private final String checkout;
  private final String token;
  private final int agents;
  private final int batch;
  private final NetClient client;
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
    this.checkout = "{\"type\":\"%s\"%s}".formatted(TYPE, batch == 1 ? "" : ",\"max\":" + batch);
    this.token = token;
    this.agents = agents;
    this.client = vertx.createNetClient(new NetClientOptions().setTcpNoDelay(true));
  }

  /** Proposes orders of a type whose payload is their number of items, until there are so many. */
  Future<Void> propose(String type, int items, int itemsPerOrder) {
    int orders = Math.ceilDiv(items, itemsPerOrder);
    var next = new AtomicInteger();
    List<Future<Void>> proposers = new ArrayList<>();
    for (int i = 0; i < PROPOSERS; i++) {
      proposers.add(
          LeanHttp.connect(client, urls.get(i % urls.size()))
              .compose(own -> proposeOn(own, type, next, orders, itemsPerOrder)));
    }
    return Future.all(proposers).mapEmpty();
  }

  private Future<Void> proposeOn(
      LeanHttp connection, String type, AtomicInteger next, int orders, int itemsPerOrder) {
    int number = next.getAndIncrement();
    if (number >= orders) {
      return connection.close();
    }
    var body = "{\"type\":\"%s\",\"payload\":{\"items\":%d}}".formatted(type, itemsPerOrder);
    var head = connection.head("/agent/work/propose", token, null, run + "-order-" + number);
    return connection
        .send(head, body)
        .compose(
            reply ->
                reply.status() == 201
                    ? proposeOn(connection, type, next, orders, itemsPerOrder)
                    : Future.failedFuture("Propose was answered " + reply.status() + reply.body()));
  }

  /** Lets the agents work, for the seconds given or until nothing is left. */
  Future<Measured> work(int warmUpSeconds, int seconds) {
    List<Future<Void>> ends = new ArrayList<>();
    for (int i = 0; i < agents; i++) {
      var agent = new Agent("bench-" + i, urls.get(i % urls.size()));
      ends.add(agent.ended());
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

  /** The text from there to the next quotation mark. */
  private static String textAt(String json, int from) {
    return json.substring(from, json.indexOf('"', from));
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
        close().onComplete(_ -> end());
        return;
      }
      long began = System.nanoTime();
      sendCheckout(checkout).onSuccess(reply -> checkedOut(reply, began)).onFailure(this::broken);
    }

    private void checkedOut(LeanHttp.Reply reply, long began) {
      if (reply.status() == 200) {
        measured.call("checkout", System.nanoTime() - began);
        if (batch == 1) {
          submit(reply);
        } else {
          submitAll(reply.body());
        }
      } else if (reply.status() == 409) {
        nothingLeft();
      } else {
        measured.error("checkout " + reply.status());
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

    private void submit(LeanHttp.Reply item) {
      long began = System.nanoTime();
      sendSubmit(item, run + "-" + submits++)
          .onSuccess(
              reply -> {
                if (reply.status() == 202) {
                  measured.call("submit", System.nanoTime() - began);
                  measured.lifecycle();
                } else {
                  measured.error("submit " + reply.status());
                }
                checkout();
              })
          .onFailure(this::broken);
    }

    private void submitAll(String items) {
      var body = new StringBuilder("{\"items\":[");
      int sent = 0;
      int all = items.indexOf("\"items\":["); // before it, the first of them stands alone
      for (int id = items.indexOf(ID, all); id >= 0; id = items.indexOf(ID, id)) {
        id += ID.length();
        int leaseToken = items.indexOf(LEASE_TOKEN, id) + LEASE_TOKEN.length();
        body.append(sent++ == 0 ? "{\"item_id\":\"" : ",{\"item_id\":\"")
            .append(textAt(items, id))
            .append("\",\"lease_token\":\"")
            .append(textAt(items, leaseToken))
            .append("\",\"result\":{\"ok\":true}}");
      }
      int expected = sent;
      long began = System.nanoTime();
      send("/agent/work/items/submit", run + "-" + submits++, body.append("]}").toString())
          .onSuccess(
              reply -> {
                submittedAll(reply, expected, began);
                checkout();
              })
          .onFailure(this::broken);
    }

    private void submittedAll(LeanHttp.Reply reply, int expected, long began) {
      if (reply.status() != 200) {
        measured.error("submit " + reply.status());
        return;
      }
      measured.call("submit", System.nanoTime() - began);
      int taken = 0;
      for (int at = reply.body().indexOf(TAKEN);
          at >= 0;
          at = reply.body().indexOf(TAKEN, at + TAKEN.length())) {
        taken++;
        measured.lifecycle();
      }
      if (taken < expected) {
        measured.error("%d of %d submits were not taken".formatted(expected - taken, expected));
      }
    }
  }
}
