package dev.orderly;

import dev.orderly.artifacts.ArtifactsVerticle;
import dev.orderly.artifacts.RemoveUnused;
import dev.orderly.config.Config;
import dev.orderly.maintenance.ArtifactLeftovers;
import dev.orderly.maintenance.ArtifactSweep;
import dev.orderly.maintenance.MaintenanceVerticle.Scheduled;
import dev.orderly.storage.Database;
import dev.orderly.storage.DatabaseAddress;
import dev.orderly.storage.Migrations;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;

/** A node's artifacts, as its configuration has them. */
final class NodeArtifactStore {
  private static final String SPOOL = "uploads";
  private static final Duration LEFTOVERS_EVERY = Duration.ofHours(6);

  private NodeArtifactStore() {}

  static ArtifactsVerticle verticle(
      Vertx vertx, Config config, Database database, DatabaseAddress address) {
    var artifacts = config.artifacts();
    var writes =
        Database.connect(
            vertx,
            "artifacts",
            address,
            artifacts.poolSize(),
            config.storage().connectTimeoutSeconds(),
            Migrations.SCHEMA + ",public");
    var settings =
        new ArtifactsVerticle.Settings(
            artifacts.inDirectory(),
            artifacts.directory(),
            config.storage().dataDir().resolve(SPOOL),
            artifacts.maxBytes(),
            artifacts.maxTotalBytes(),
            artifacts.uploadsMax(),
            artifacts.poolSize(),
            artifacts.uploadTimeoutSeconds(),
            artifacts.idleTimeoutSeconds());
    return new ArtifactsVerticle(settings, database.commands(), database.queries(), writes);
  }

  static List<Scheduled> duties(Vertx vertx, Config config, Pool pool) {
    var artifacts = config.artifacts();
    var remove =
        new RemoveUnused(
            vertx,
            pool,
            Duration.ofHours(artifacts.keepUnreferencedHours()),
            artifacts.directory(),
            InstantSource.system());
    return List.of(
        new Scheduled(
            new ArtifactSweep(remove),
            Duration.ofSeconds(config.maintenance().cleanupIntervalSeconds())),
        new Scheduled(new ArtifactLeftovers(remove), LEFTOVERS_EVERY));
  }
}
