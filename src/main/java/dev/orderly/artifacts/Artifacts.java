package dev.orderly.artifacts;

import dev.orderly.domain.Caller;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.Pipe;
import java.util.function.Function;

/**
 * Takes and gives artifacts, on the node that is asked: bytes do not travel over the bus. Futures
 * fail with {@link dev.orderly.domain.Rejected} if a request is refused.
 */
public interface Artifacts {

  /**
   * A file on its way.
   *
   * @param sha256 what the digest of its bytes must be, in lower case
   * @param mediaType null if the sender says nothing of it
   * @param declaredBytes how long it says to be; negative if it does not say
   * @param waits whether the sender waits to be told to go on before it sends the body
   * @param body piped since the request came, so that it is known if the connection breaks before
   *     the body is read; read as fast as it can be written, and no further than the limit
   * @param goOn called once, before the body is read; not at all if nobody wants it
   */
  record Upload(
      Caller caller,
      String sha256,
      String mediaType,
      long declaredBytes,
      boolean waits,
      Pipe<Buffer> body,
      Runnable goOn) {}

  /**
   * @param created false if it was there before
   */
  record Kept(Artifact artifact, boolean created) {}

  /**
   * Keeps a file. Nothing is kept unless all of it came and has the digest.
   *
   * @return completes on the caller's context
   */
  Future<Kept> put(Upload upload);

  /** Fails with {@code not_found} if the tenant has no such artifact. */
  Future<Artifact> find(String tenant, String sha256);

  /**
   * Gives a stretch of an artifact's bytes, in order.
   *
   * @param from the first byte, from 0
   * @param out is handed the next bytes once its last future has completed
   */
  Future<Void> send(Artifact artifact, long from, long length, Function<Buffer, Future<Void>> out);
}
