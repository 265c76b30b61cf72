package dev.orderly.applying;

import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.time.Duration;

/** One HTTP POST and its whole reply, bounded in time and size. Redirects are not followed. */
final class WebhookCall {
  /** 1 MiB. */
  static final int BODY_MAX_BYTES = 1 << 20;

  private final Vertx vertx;
  private final HttpClient client;

  WebhookCall(Vertx vertx) {
    this.vertx = vertx;
    this.client = vertx.createHttpClient(new HttpClientOptions().setDecompressionSupported(false));
  }

  /**
   * @param body cut off once it is larger than {@link #BODY_MAX_BYTES}
   */
  record Reply(int status, MultiMap headers, Buffer body) {
    boolean tooLarge() {
      return body.length() > BODY_MAX_BYTES;
    }
  }

  Future<Void> close() {
    return client.close();
  }

  /**
   * Fails if there is no whole reply in time, for whatever reason.
   *
   * @throws IllegalArgumentException if the URL or a header cannot be sent
   */
  Future<Reply> post(String url, MultiMap headers, Buffer body, Duration timeout) {
    var options =
        new RequestOptions()
            .setMethod(HttpMethod.POST)
            .setAbsoluteURI(url)
            .setHeaders(headers)
            .setFollowRedirects(false)
            .setConnectTimeout(timeout.toMillis());
    return client.request(options).compose(request -> exchange(request, body, timeout));
  }

  private Future<Reply> exchange(HttpClientRequest request, Buffer body, Duration timeout) {
    long timer =
        vertx.setTimer(
            timeout.toMillis(),
            late ->
                request.reset(0, new IllegalStateException("no whole reply within " + timeout)));
    return request
        .send(body)
        .compose(WebhookCall::read)
        .onComplete(done -> vertx.cancelTimer(timer));
  }

  private static Future<Reply> read(HttpClientResponse response) {
    var body = Buffer.buffer();
    response.handler(
        chunk -> {
          if (body.length() <= BODY_MAX_BYTES) {
            body.appendBuffer(chunk);
            if (body.length() > BODY_MAX_BYTES) {
              response.request().reset();
            }
          }
        });
    var reply = new Reply(response.statusCode(), response.headers(), body);
    return response
        .end()
        .transform(
            end ->
                end.succeeded() || reply.tooLarge()
                    ? Future.succeededFuture(reply)
                    : Future.failedFuture(end.cause()));
  }
}
