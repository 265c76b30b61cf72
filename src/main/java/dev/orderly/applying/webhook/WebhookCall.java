package dev.orderly.applying.webhook;

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
import java.util.concurrent.TimeUnit;

/** One HTTP POST and its whole reply, bounded in time and size. Redirects are not followed. */
public final class WebhookCall {
  /** 1 MiB. */
  static final int BODY_MAX_BYTES = 1 << 20;

  private final HttpClient client;

  /** Keeps connections until it is closed. */
  public WebhookCall(Vertx vertx) {
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

  /** Ends its connections; no call succeeds afterwards. */
  public Future<Void> close() {
    return client.close();
  }

  /**
   * Fails if there is no whole reply, for whatever reason; with a {@link
   * java.util.concurrent.TimeoutException} if none came in time.
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
    return request
        .send(body)
        .compose(WebhookCall::read)
        .timeout(timeout.toMillis(), TimeUnit.MILLISECONDS)
        .onFailure(late -> request.reset());
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
