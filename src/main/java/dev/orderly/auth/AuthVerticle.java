package dev.orderly.auth;

import dev.orderly.bus.Bus;
import dev.orderly.idempotency.IdempotencyStore;
import dev.orderly.storage.Tx;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.sqlclient.Pool;
import java.nio.file.Path;

/** Makes the first admin token and answers who tokens stand for. For a virtual-thread context. */
public final class AuthVerticle extends VerticleBase {
  private final Pool pool;
  private final Bus bus;
  private final Path adminTokenFile;
  private final int keepHours;

  /**
   * @param keepHours how long answers to keyed requests are replayed
   */
  public AuthVerticle(Pool pool, Bus bus, Path adminTokenFile, int keepHours) {
    this.keepHours = keepHours;
    this.pool = pool;
    this.bus = bus;
    this.adminTokenFile = adminTokenFile;
  }

  @Override
  public Future<?> start() {
    var store = new TokenStore(pool);
    var tokens = new TokenService(store, new Tx(pool), new IdempotencyStore(keepHours), bus);
    new AdminToken(tokens, store).ensure(adminTokenFile);
    tokens.serve();
    return Future.succeededFuture();
  }
}
