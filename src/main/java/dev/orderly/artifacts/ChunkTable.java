package dev.orderly.artifacts;

import dev.orderly.domain.Rejected;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.OpenOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.nio.file.Path;
import java.util.UUID;
import java.util.function.Function;

/** Bytes in the database, in pieces that a node can hold in memory. */
final class ChunkTable implements Contents {
  static final String PLACE = "database";

  private static final String INSERT =
      "insert into artifact_chunks (artifact_id, position, data) values ($1, $2, $3)";
  private static final String READ =
      "select data from artifact_chunks where artifact_id = $1 and position = $2";

  private final Vertx vertx;
  private final Pool reads;

  ChunkTable(Vertx vertx, Pool reads) {
    this.vertx = vertx;
    this.reads = reads;
  }

  @Override
  public String place() {
    return PLACE;
  }

  @Override
  public void stage(UUID id, Path spooled) {
    // The row's transaction writes them.
  }

  @Override
  public void write(SqlConnection connection, UUID id, Path spooled) {
    var insert = connection.preparedQuery(INSERT);
    var file =
        vertx.fileSystem().open(spooled.toString(), new OpenOptions().setWrite(false)).await();
    try {
      for (int position = 0; ; position++) {
        var chunk =
            file.read(Buffer.buffer(CHUNK_BYTES), 0, (long) position * CHUNK_BYTES, CHUNK_BYTES)
                .await();
        if (chunk.length() == 0) {
          return;
        }
        insert.execute(Tuple.of(id, position, chunk)).await();
      }
    } finally {
      file.close().await();
    }
  }

  @Override
  public void read(UUID id, long from, long length, Function<Buffer, Future<Void>> out) {
    var query = reads.preparedQuery(READ);
    long end = from + length;
    for (long at = from; at < end; ) {
      int position = Math.toIntExact(at / CHUNK_BYTES);
      var rows = query.execute(Tuple.of(id, position)).await().iterator();
      if (!rows.hasNext()) {
        throw Rejected.notFound("artifact any more with id", id);
      }
      var chunk = rows.next().getBuffer("data");
      int first = (int) (at % CHUNK_BYTES);
      int last = (int) Math.min(chunk.length(), first + end - at);
      out.apply(chunk.slice(first, last)).await();
      at += last - first;
    }
  }

  /** They went with the row. */
  @Override
  public void remove(UUID id) {}
}
