package dev.orderly.artifacts;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.SqlConnection;
import java.nio.file.Path;
import java.util.UUID;
import java.util.function.Function;

/**
 * A store of bytes, each under an id that is used once. Whether bytes count is what the artifact's
 * row says; a store may hold some without a row for a while. All methods are for virtual threads
 * and may await.
 */
interface Contents {
  int CHUNK_BYTES = 256 * 1024;

  /** How rows name the store. */
  String place();

  /**
   * Before the row is written; when it returns, bytes that the transaction does not write itself
   * are safe from a crash.
   */
  void stage(UUID id, Path spooled);

  /** In the transaction that writes the row, after it. */
  void write(SqlConnection connection, UUID id, Path spooled);

  /** Gives a stretch of the bytes; fails if they are not, or no more, there. */
  void read(UUID id, long from, long length, Function<Buffer, Future<Void>> out);

  /** After the row is gone, or was not written. */
  void remove(UUID id);
}
