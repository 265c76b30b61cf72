package dev.orderly.auth;

import dev.orderly.bus.Bus;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.sqlclient.Pool;
import java.nio.file.Path;

/** Makes the first admin token and answers who tokens stand for. For a virtual-thread context. */
public final class AuthVerticle extends VerticleBase {
  private final Pool pool;
  private final Bus bus;
  private final Path adminTokenFile;

  public AuthVerticle(Pool pool, Bus bus, Path adminTokenFile) {
    this.pool = pool;
    this.bus = bus;
    this.adminTokenFile = adminTokenFile;
  }

  @Override
  public Future<?> start() {
    var store = new TokenStore(pool);
    var tokens = new TokenService(store, bus);
    new AdminToken(tokens, store).ensure(adminTokenFile);
    tokens.serve(vertx);
    return Future.succeededFuture();
  }
}
