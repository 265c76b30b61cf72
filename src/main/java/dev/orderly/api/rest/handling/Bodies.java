package dev.orderly.api.rest.handling;

import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;

/** Reads request bodies up to a limit, and gets rid of those that nobody will read. */
public final class Bodies {
  /** How much of an unwanted body is thrown away so that its sender comes to see the answer. */
  private static final long LINGER_BYTES = 16L << 20;

  private static final long LINGER_MILLIS = 2_000;

  private final Vertx vertx;
  private final int maxBytes;

  public Bodies(Vertx vertx, int maxBytes) {
    this.vertx = vertx;
    this.maxBytes = maxBytes;
  }

  static boolean present(HttpServerRequest request) {
    return request.headers().contains(HttpHeaders.TRANSFER_ENCODING) || declared(request) > 0;
  }

  /** Resumes a paused request; fails with {@code body_too_large}, having kept no more than that. */
  Future<Buffer> read(HttpServerRequest request) {
    if (!present(request)) {
      request.resume();
      return Future.succeededFuture(Buffer.buffer());
    }
    if (declared(request) > maxBytes) {
      return Future.failedFuture(tooLarge());
    }
    if (expectsContinue(request)) {
      request.response().writeContinue();
    }
    boolean bounded = !request.headers().contains(HttpHeaders.TRANSFER_ENCODING);
    var body = bounded ? request.body() : collect(request);
    request.resume();
    return body;
  }

  /** True if a refused request's body is so large, or of unknown length, that it is cut off. */
  boolean cutsOff(HttpServerRequest request) {
    if (!present(request) || request.isEnded()) {
      return false;
    }
    return request.headers().contains(HttpHeaders.TRANSFER_ENCODING)
        || declared(request) > maxBytes
        || expectsContinue(request);
  }

  /**
   * Throws away what still comes, for a while, then closes the connection. Closing at once would
   * make the sender's system drop the answer that it has not read yet.
   */
  void linger(HttpServerRequest request) {
    var connection = request.connection();
    if (request.isEnded()) {
      connection.close();
      return;
    }
    long timer = vertx.setTimer(LINGER_MILLIS, expired -> connection.close());
    connection.closeHandler(closed -> vertx.cancelTimer(timer));
    var left = new AtomicLong(LINGER_BYTES);
    request.handler(
        chunk -> {
          if (left.addAndGet(-chunk.length()) < 0) {
            connection.close();
          }
        });
    request.endHandler(ended -> connection.close());
    request.resume();
  }

  /** Gives up at the first byte too many, which may be long before the body's end. */
  private Future<Buffer> collect(HttpServerRequest request) {
    var body = Buffer.buffer();
    var whole = new CompletableFuture<Buffer>();
    request.handler(
        chunk -> {
          if (body.length() + chunk.length() > maxBytes) {
            whole.completeExceptionally(tooLarge());
          } else {
            body.appendBuffer(chunk);
          }
        });
    request.endHandler(ended -> whole.complete(body));
    request.exceptionHandler(whole::completeExceptionally);
    return Future.fromCompletionStage(whole);
  }

  private Rejected tooLarge() {
    return new Rejected(
        ErrorCode.BODY_TOO_LARGE, "The body is larger than %d bytes".formatted(maxBytes));
  }

  public static boolean expectsContinue(HttpServerRequest request) {
    var expect = request.getHeader(HttpHeaders.EXPECT);
    return expect != null && expect.equalsIgnoreCase("100-continue");
  }

  /** The declared length, 0 if there is none; the HTTP decoder has refused what is no number. */
  public static long declared(HttpServerRequest request) {
    var length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
    return length == null ? 0 : Long.parseLong(length);
  }
}
