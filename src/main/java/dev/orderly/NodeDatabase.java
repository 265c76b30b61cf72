package dev.orderly;

import dev.orderly.config.DatasourceConfig;
import dev.orderly.config.Secret;
import dev.orderly.config.StorageConfig;
import dev.orderly.storage.Database;
import dev.orderly.storage.DatabaseAddress;
import dev.orderly.storage.Migrations;
import dev.orderly.storage.embedded.EmbeddedDatabase;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/** A node's PostgreSQL, embedded or given, with this version's schema. */
final class NodeDatabase implements AutoCloseable {
  private static final int DATASOURCE_CONNECTIONS = 4;

  private final StorageConfig config;
  private final EmbeddedDatabase embedded;
  private final DatabaseAddress address;
  private final String nodeId = UUID.randomUUID().toString();

  private NodeDatabase(StorageConfig config, EmbeddedDatabase embedded, DatabaseAddress address) {
    this.config = config;
    this.embedded = embedded;
    this.address = address;
  }

  static NodeDatabase open(StorageConfig config) {
    var embedded = config.embedded() ? EmbeddedDatabase.start(config.dataDir()) : null;
    try {
      var address =
          embedded != null
              ? embedded.address()
              : DatabaseAddress.parse(
                  "storage.url", config.url(), config.user(), reveal(config.password()));
      Migrations.run(address, config.connectTimeoutSeconds());
      return new NodeDatabase(config, embedded, address);
    } catch (RuntimeException e) {
      if (embedded != null) {
        embedded.close();
      }
      throw e;
    }
  }

  DatabaseAddress address() {
    return address;
  }

  /** The same for every node of the database, and for those of no other. */
  String databaseId() {
    return Migrations.databaseId(address, config.connectTimeoutSeconds());
  }

  /** Names this run of the node; a node that starts again is another one. */
  String nodeId() {
    return nodeId;
  }

  /** Pools for the databases that order types write to, by name. */
  Map<String, Pool> datasources(Vertx vertx, Map<String, DatasourceConfig> configured) {
    var pools = new HashMap<String, Pool>();
    configured.forEach(
        (name, source) ->
            pools.put(
                name,
                Database.connect(
                    vertx,
                    "datasource-" + name,
                    DatabaseAddress.parse(
                        "datasources.%s.url".formatted(name),
                        source.url(),
                        source.user(),
                        reveal(source.password())),
                    DATASOURCE_CONNECTIONS,
                    config.connectTimeoutSeconds(),
                    "public")));
    return Map.copyOf(pools);
  }

  @Override
  public void close() {
    if (embedded != null) {
      embedded.close();
    }
  }

  private static String reveal(Secret secret) {
    return secret == null ? null : secret.reveal();
  }
}
