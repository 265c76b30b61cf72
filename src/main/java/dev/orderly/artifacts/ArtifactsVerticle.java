package dev.orderly.artifacts;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.sqlclient.Pool;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** A node's artifacts. Deploy one instance, on virtual threads. */
public final class ArtifactsVerticle extends VerticleBase {
  private static final String INCOMING = "incoming";

  /**
   * @param inDirectory whether new artifacts go to the directory rather than the database
   * @param directory which all nodes share; null if there is none
   * @param spool where uploads wait if they go to the database
   * @param maxBytes the largest artifact
   * @param maxTotalBytes the most that a tenant may have
   * @param uploadsMax how many uploads there may be at once
   * @param writesMax how many of them may be written at once, each on a connection
   * @param uploadSeconds how long an upload may take
   * @param idleSeconds how long nothing of an upload may come
   */
  public record Settings(
      boolean inDirectory,
      Path directory,
      Path spool,
      long maxBytes,
      long maxTotalBytes,
      int uploadsMax,
      int writesMax,
      int uploadSeconds,
      int idleSeconds) {}

  private final Settings settings;
  private final Pool lookups;
  private final Pool reads;
  private final Pool writes;
  private Spool spool;
  private NodeArtifacts artifacts;

  /**
   * @param lookups for short statements that a request waits for
   * @param reads for reading what artifacts consist of
   * @param writes with {@code writesMax} connections
   */
  public ArtifactsVerticle(Settings settings, Pool lookups, Pool reads, Pool writes) {
    this.settings = settings;
    this.lookups = lookups;
    this.reads = reads;
    this.writes = writes;
  }

  @Override
  public Future<?> start() {
    var contents = new HashMap<String, Contents>();
    contents.put(ChunkTable.PLACE, new ChunkTable(vertx, reads, writes));
    if (settings.directory() != null) {
      contents.put(SharedDirectory.PLACE, new SharedDirectory(vertx, settings.directory()));
    }
    // A file that is to be moved must lie on the file system that it moves on.
    var incoming = settings.directory() == null ? null : settings.directory().resolve(INCOMING);
    spool = vertx.executeBlocking(() -> spool(incoming)).await();
    artifacts =
        new NodeArtifacts(
            vertx,
            context,
            new NodeArtifacts.Limits(
                new Receiving.Limits(
                    settings.maxBytes(), settings.uploadSeconds(), settings.idleSeconds()),
                settings.maxTotalBytes(),
                settings.uploadsMax(),
                settings.writesMax()),
            lookups,
            writes,
            spool,
            contents.get(settings.inDirectory() ? SharedDirectory.PLACE : ChunkTable.PLACE),
            Map.copyOf(contents));
    return Future.succeededFuture();
  }

  /** The one in use; the other may have something from before the store was changed. */
  private Spool spool(Path incoming) {
    if (settings.inDirectory()) {
      Spool.clean(settings.spool());
      return Spool.open(incoming);
    }
    if (incoming != null) {
      Spool.clean(incoming);
    }
    return Spool.open(settings.spool());
  }

  @Override
  public Future<?> stop() {
    return vertx.executeBlocking(
        () -> {
          spool.close();
          return null;
        });
  }

  /** For the API of this node, once it is deployed. */
  public Artifacts artifacts() {
    return artifacts;
  }
}
