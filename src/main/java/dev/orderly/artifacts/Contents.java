package dev.orderly.artifacts;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.SqlConnection;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.function.Function;

/**
 * A store of bytes, each under an id that is used once. Whether bytes count is what the artifact's
 * row says; a store may hold some without a row for a while. All methods are for virtual threads
 * and may await.
 */
interface Contents {
  int CHUNK_BYTES = 256 * 1024;

  /** How long bytes may be on their way to a row: far longer than any upload takes. */
  Duration LONGEST_WAY = Duration.ofHours(24);

  /** How rows name the store. */
  String place();

  /**
   * Before the row is written, and in no transaction; when it returns, the bytes are safe from a
   * crash.
   */
  void stage(UUID id, Path spooled);

  /** In the transaction that writes the row, after it. */
  void finish(SqlConnection connection, UUID id);

  /** Gives a stretch of the bytes; fails if they are not, or no more, there. */
  void read(UUID id, long from, long length, Function<Buffer, Future<Void>> out);

  /** After the row is gone, or was not written. */
  void remove(UUID id);
}
