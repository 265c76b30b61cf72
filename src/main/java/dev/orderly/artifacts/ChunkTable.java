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

/**
 * Bytes in the database, in pieces that a node can hold in memory, each written in a transaction of
 * its own: none is open for as long as a large file takes.
 */
final class ChunkTable implements Contents {
  static final String PLACE = "database";

  private static final String BEGIN = "insert into artifact_writes (artifact_id) values ($1)";
  private static final String END = "delete from artifact_writes where artifact_id = $1";
  private static final String DELETE = "delete from artifact_chunks where artifact_id = $1";
  private static final String INSERT =
      "insert into artifact_chunks (artifact_id, position, data) values ($1, $2, $3)";
  private static final String READ =
      "select data from artifact_chunks where artifact_id = $1 and position = $2";

  private final Vertx vertx;
  private final Pool reads;
  private final Pool writes;

  ChunkTable(Vertx vertx, Pool reads, Pool writes) {
    this.vertx = vertx;
    this.reads = reads;
    this.writes = writes;
  }

  @Override
  public String place() {
    return PLACE;
  }

  @Override
  public void stage(UUID id, Path spooled) {
    writes.preparedQuery(BEGIN).execute(Tuple.of(id)).await();
    var insert = writes.preparedQuery(INSERT);
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
  public void finish(SqlConnection connection, UUID id) {
    int ended = connection.preparedQuery(END).execute(Tuple.of(id)).await().rowCount();
    if (ended != 1) {
      throw new IllegalStateException("the chunks of artifact %s were given up".formatted(id));
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

  @Override
  public void remove(UUID id) {
    writes.preparedQuery(DELETE).execute(Tuple.of(id)).await();
    writes.preparedQuery(END).execute(Tuple.of(id)).await();
  }
}
