package dev.orderly.artifacts;

import dev.orderly.bus.Tasks;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import dev.orderly.storage.Ids;
import dev.orderly.storage.SqlState;
import dev.orderly.storage.Tx;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.OpenOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Artifacts as one node takes and gives them: a body goes into a file of the spool first, and to
 * where it is kept once all of it is there and has its digest.
 */
final class NodeArtifacts implements Artifacts {
  private static final Logger LOG = LoggerFactory.getLogger(NodeArtifacts.class);
  private static final String UNLABELLED = "application/octet-stream";

  /**
   * @param receiving what one upload may be and take
   * @param totalBytes how much a tenant may have
   * @param uploads how many there may be at once
   * @param writes how many of them may be written to where they are kept at once
   */
  record Limits(Receiving.Limits receiving, long totalBytes, int uploads, int writes) {}

  private final Vertx vertx;
  private final Context context;
  private final Limits limits;
  private final Pool lookups;
  private final Tx tx;
  private final Tx small;
  private final Spool spool;
  private final Contents writesTo;
  private final Map<String, Contents> contents;
  private final Semaphore places;
  private final Lanes lanes;

  /**
   * @param context of virtual threads
   * @param lookups for short statements
   * @param writes for writing what artifacts consist of
   * @param contents all that can be read from, by place
   */
  NodeArtifacts(
      Vertx vertx,
      Context context,
      Limits limits,
      Pool lookups,
      Pool writes,
      Spool spool,
      Contents writesTo,
      Map<String, Contents> contents) {
    this.vertx = vertx;
    this.context = context;
    this.limits = limits;
    this.lookups = lookups;
    this.tx = new Tx(writes);
    this.small = new Tx(lookups);
    this.spool = spool;
    this.writesTo = writesTo;
    this.contents = contents;
    this.places = new Semaphore(limits.uploads());
    this.lanes = new Lanes(limits.writes());
  }

  @Override
  public Future<Kept> put(Upload upload) {
    long maxBytes = limits.receiving().maxBytes();
    if (upload.declaredBytes() > maxBytes) {
      return Future.failedFuture(Receiving.tooLarge(maxBytes));
    }
    if (!places.tryAcquire()) {
      return Future.failedFuture(
          new Rejected(
              ErrorCode.OVERLOADED,
              "This node takes %d uploads at once; try again".formatted(limits.uploads())));
    }
    return database(ArtifactStore.touch(lookups, upload.caller().tenant(), upload.sha256()))
        .compose(known -> known == null ? receive(upload) : again(upload, known))
        .onComplete(done -> places.release());
  }

  /** The bytes are here; those that come all the same must be the same. */
  private Future<Kept> again(Upload upload, Artifact known) {
    var seen =
        upload.waits()
            ? Future.succeededFuture(known.bytes())
            : Receiving.all(vertx, upload, limits.receiving(), null);
    return seen.compose(bytes -> relabelled(upload, known))
        .map(artifact -> new Kept(artifact, false));
  }

  /** A label that was wrong, or was not given, can be put right by uploading again. */
  private Future<Artifact> relabelled(Upload upload, Artifact known) {
    if (upload.mediaType() == null || upload.mediaType().equals(known.mediaType())) {
      return Future.succeededFuture(known);
    }
    return database(
            small.async(
                connection ->
                    ArtifactStore.relabel(
                        connection, upload.caller().tenant(), upload.sha256(), upload.mediaType())))
        .map(newer -> newer == null ? known : newer);
  }

  private Future<Kept> receive(Upload upload) {
    return hasRoom(upload).compose(room -> room ? spool(upload) : withoutRoom(upload));
  }

  private Future<Kept> spool(Upload upload) {
    var path = spool.next();
    return vertx
        .fileSystem()
        .open(path.toString(), new OpenOptions().setRead(false).setWrite(true).setCreateNew(true))
        .recover(failure -> Future.failedFuture(Receiving.unwritable(failure)))
        .compose(file -> Receiving.all(vertx, upload, limits.receiving(), file))
        .compose(bytes -> Tasks.run(context, () -> keep(upload, path, bytes)))
        .eventually(() -> discard(path));
  }

  /** Only a first look, so as not to take in vain what is known to be too much. */
  private Future<Boolean> hasRoom(Upload upload) {
    return database(ArtifactStore.total(lookups, upload.caller().tenant()))
        .map(total -> total + Math.max(0, upload.declaredBytes()) <= limits.totalBytes());
  }

  /** What takes the room may be the very same, sent by another in the meantime. */
  private Future<Kept> withoutRoom(Upload upload) {
    return database(ArtifactStore.touch(lookups, upload.caller().tenant(), upload.sha256()))
        .compose(known -> known == null ? Future.failedFuture(full()) : again(upload, known));
  }

  private Rejected full() {
    return new Rejected(
            ErrorCode.QUOTA_EXCEEDED,
            "All artifacts together may have %d bytes".formatted(limits.totalBytes()))
        .next("Ask an operator for more room; what nothing refers to is removed after a while");
  }

  /** The spooled file may be gone: it has been moved to where it is kept. */
  private Future<Void> discard(Path path) {
    var files = vertx.fileSystem();
    return files
        .exists(path.toString())
        .compose(there -> there ? files.delete(path.toString()) : Future.succeededFuture());
  }

  private Kept keep(Upload upload, Path spooled, long bytes) {
    return lanes.inTurn(() -> write(upload, spooled, bytes));
  }

  private Kept write(Upload upload, Path spooled, long bytes) {
    var there = ArtifactStore.touch(lookups, upload.caller().tenant(), upload.sha256()).await();
    if (there != null) {
      return new Kept(there, false);
    }
    var id = Ids.next();
    stage(id, spooled);
    Artifact written;
    try {
      written = tx.run(connection -> record(connection, id, upload, bytes));
    } catch (Rejected e) {
      writesTo.remove(id);
      throw e;
    } catch (Exception e) {
      // Whether it was committed is not known: staged bytes stay until they are found without row.
      throw SqlState.explain(e);
    }
    if (written != null) {
      return new Kept(written, true);
    }
    writesTo.remove(id);
    return new Kept(writtenByAnother(upload), false);
  }

  private void stage(UUID id, Path spooled) {
    try {
      writesTo.stage(id, spooled);
    } catch (Exception e) {
      LOG.error("An upload cannot be kept", e);
      try {
        writesTo.remove(id);
      } catch (Exception again) {
        LOG.warn("What was written of it stays until it is found: {}", again.getMessage());
      }
      throw SqlState.explain(e);
    }
  }

  /** Null if another one of the digest came first. */
  private Artifact record(SqlConnection connection, UUID id, Upload upload, long bytes) {
    var row = insert(connection, id, upload, bytes);
    if (row == null) {
      return null;
    }
    writesTo.finish(connection, id);
    var tenant = upload.caller().tenant();
    if (!ArtifactStore.count(connection, tenant, bytes, limits.totalBytes()).await()) {
      throw full();
    }
    return row;
  }

  private Artifact insert(SqlConnection connection, UUID id, Upload upload, long bytes) {
    var label = upload.mediaType() == null ? UNLABELLED : upload.mediaType();
    return ArtifactStore.insert(connection, id, upload, label, bytes, writesTo.place()).await();
  }

  private Artifact writtenByAnother(Upload upload) {
    var found = ArtifactStore.touch(lookups, upload.caller().tenant(), upload.sha256()).await();
    if (found == null) {
      throw new Rejected(
          ErrorCode.UNAVAILABLE, "The artifact was removed as it came again; upload it once more");
    }
    return found;
  }

  @Override
  public Future<Artifact> find(String tenant, String sha256) {
    return database(ArtifactStore.find(lookups, tenant, sha256))
        .compose(
            found ->
                found == null
                    ? Future.failedFuture(Rejected.notFound("artifact", sha256))
                    : Future.succeededFuture(found));
  }

  @Override
  public Future<Void> send(
      Artifact artifact, long from, long length, Function<Buffer, Future<Void>> out) {
    var place = contents.get(artifact.place());
    if (place == null) {
      return Future.failedFuture(
          new IllegalStateException(
              "artifact %s is in the %s, which this node does not have"
                  .formatted(artifact.sha256(), artifact.place())));
    }
    return Tasks.run(
        context,
        () -> {
          place.read(artifact.id(), from, length, out);
          return null;
        });
  }

  private static <T> Future<T> database(Future<T> statement) {
    return statement.recover(failure -> Future.failedFuture(SqlState.explain(failure)));
  }
}
