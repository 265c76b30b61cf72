package dev.orderly.bench;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.net.URI;
import java.util.regex.Pattern;

/** Asks a node's /metrics once a second how much heap it uses, garbage not yet collected too. */
final class HeapWatch {
  private static final Pattern HEAP =
      Pattern.compile("(?m)^jvm_memory_used_bytes\\{[^}]*area=\"heap\"[^}]*} (\\S+)$");
  private static final long EVERY_MILLIS = 1_000;

  private final Vertx vertx;
  private final HttpClient http;
  private final RequestOptions request;
  private final long timer;
  private volatile long maxBytes;

  HeapWatch(Vertx vertx, URI url, String token) {
    this.vertx = vertx;
    this.http = vertx.createHttpClient();
    this.request =
        new RequestOptions()
            .setMethod(HttpMethod.GET)
            .setHost(url.getHost())
            .setPort(url.getPort())
            .setURI("/metrics")
            .putHeader("authorization", "Bearer " + token);
    this.timer = vertx.setPeriodic(EVERY_MILLIS, _ -> ask());
  }

  private void ask() {
    http.request(request)
        .compose(sent -> sent.send())
        .compose(answer -> answer.body())
        .onSuccess(
            body ->
                maxBytes =
                    Math.max(
                        maxBytes,
                        (long)
                            HEAP.matcher(body.toString())
                                .results()
                                .mapToDouble(found -> Double.parseDouble(found.group(1)))
                                .sum()));
  }

  /** The most that was seen, in bytes; 0 if the node does not tell. */
  long stop() {
    vertx.cancelTimer(timer);
    return maxBytes;
  }
}
