package dev.orderly.artifacts;

import dev.orderly.artifacts.Artifacts.Upload;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.AsyncFile;
import io.vertx.core.streams.Pipe;
import io.vertx.core.streams.WriteStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One upload's body on its way into a file, counted and digested as it passes. Lives on the event
 * loop of its connection; what comes at once is at most some 64 KiB, which takes far less than a
 * millisecond to digest.
 */
final class Receiving implements WriteStream<Buffer> {
  private static final Logger LOG = LoggerFactory.getLogger(Receiving.class);
  private static final long LOOK_MILLIS = 250;

  /**
   * @param maxBytes the longest body
   * @param seconds how long it may take in all
   * @param idleSeconds how long nothing may come
   */
  record Limits(long maxBytes, int seconds, int idleSeconds) {}

  private final Limits limits;
  private final AsyncFile file;
  private final MessageDigest digest = sha256();
  private final long startNanos = System.nanoTime();
  private long lastNanos = startNanos;
  private long bytes;
  private boolean closed;
  private Rejected tooSlow;

  private Receiving(Limits limits, AsyncFile file) {
    this.limits = limits;
    this.file = file;
  }

  /**
   * Reads the whole body and closes the file.
   *
   * @param file where it goes; null if only its digest is wanted
   * @return the number of bytes; fails unless they are all there and have the digest
   */
  static Future<Long> all(Vertx vertx, Upload upload, Limits limits, AsyncFile file) {
    var receiving = new Receiving(limits, file);
    var pipe = upload.body();
    long timer = vertx.setPeriodic(LOOK_MILLIS, look -> receiving.look(pipe));
    upload.goOn().run();
    return pipe.to(receiving)
        .transform(
            done -> {
              vertx.cancelTimer(timer);
              return done.succeeded()
                  ? receiving.verified(upload)
                  : Future.failedFuture(receiving.reason(done.cause()));
            });
  }

  private void look(Pipe<Buffer> pipe) {
    long now = System.nanoTime();
    if (now - lastNanos > limits.idleSeconds() * 1_000_000_000L) {
      tooSlow = timedOut("Nothing came for %d seconds".formatted(limits.idleSeconds()));
    } else if (now - startNanos > limits.seconds() * 1_000_000_000L) {
      tooSlow = timedOut("An upload may take %d seconds".formatted(limits.seconds()));
    }
    if (tooSlow != null) {
      pipe.close();
    }
  }

  private Rejected timedOut(String rule) {
    return new Rejected(ErrorCode.UPLOAD_TIMED_OUT, "%s; %d bytes had come".formatted(rule, bytes))
        .next("Upload the artifact again");
  }

  private Future<Long> verified(Upload upload) {
    var found = HexFormat.of().formatHex(digest.digest());
    if (!found.equals(upload.sha256())) {
      return Future.failedFuture(
          new Rejected(
                  ErrorCode.DIGEST_MISMATCH,
                  "The SHA-256 of the %d bytes that came is %s, not %s"
                      .formatted(bytes, found, upload.sha256()))
              .next("Take the digest of exactly the bytes that are sent, and upload again"));
    }
    return Future.succeededFuture(bytes);
  }

  private Throwable reason(Throwable failure) {
    if (tooSlow != null) {
      return tooSlow;
    }
    if (failure instanceof Rejected) {
      return failure;
    }
    // Nobody is left to read this.
    return new Rejected(ErrorCode.MALFORMED_REQUEST, "The connection broke off in the body");
  }

  static Rejected unwritable(Throwable failure) {
    LOG.error("An upload cannot be written", failure);
    return new Rejected(
        ErrorCode.UNAVAILABLE, "This node cannot keep the upload; it may be sent again");
  }

  static Rejected tooLarge(long maxBytes) {
    return new Rejected(
        ErrorCode.BODY_TOO_LARGE, "An artifact may have %d bytes".formatted(maxBytes));
  }

  @Override
  public Future<Void> write(Buffer data) {
    bytes += data.length();
    lastNanos = System.nanoTime();
    if (bytes > limits.maxBytes()) {
      return Future.failedFuture(tooLarge(limits.maxBytes()));
    }
    digest.update(data.getBytes());
    return file == null ? Future.succeededFuture() : written(file.write(data));
  }

  @Override
  public Future<Void> end() {
    closed = true;
    return file == null ? Future.succeededFuture() : written(file.close());
  }

  private static Future<Void> written(Future<Void> done) {
    return done.recover(failure -> Future.failedFuture(unwritable(failure)));
  }

  @Override
  public boolean writeQueueFull() {
    // The pipe asks once more after it has given up.
    return file != null && !closed && file.writeQueueFull();
  }

  @Override
  public Receiving drainHandler(Handler<Void> handler) {
    if (file != null && !closed) {
      file.drainHandler(handler);
    }
    return this;
  }

  @Override
  public Receiving exceptionHandler(Handler<Throwable> handler) {
    if (file != null && !closed) {
      file.exceptionHandler(handler);
    }
    return this;
  }

  @Override
  public Receiving setWriteQueueMaxSize(int maxSize) {
    if (file != null && !closed) {
      file.setWriteQueueMaxSize(maxSize);
    }
    return this;
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
