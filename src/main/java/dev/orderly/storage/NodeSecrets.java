package dev.orderly.storage;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import java.security.SecureRandom;

/** Keys that all nodes of a database share; the first that needs one makes it. */
public final class NodeSecrets {
  private static final int BYTES = 32;

  private static final String MAKE =
      "insert into node_secrets (name, value) values ($1, $2) on conflict (name) do nothing";

  private static final String READ = "select value from node_secrets where name = $1";

  private NodeSecrets() {}

  /** The secret of that name: 32 random bytes. */
  public static Future<byte[]> get(Pool pool, String name) {
    var fresh = new byte[BYTES];
    new SecureRandom().nextBytes(fresh);
    return pool.preparedQuery(MAKE)
        .execute(Tuple.of(name, Buffer.buffer(fresh)))
        .compose(made -> pool.preparedQuery(READ).execute(Tuple.of(name)))
        .map(rows -> rows.iterator().next().getBuffer("value").getBytes());
  }
}
