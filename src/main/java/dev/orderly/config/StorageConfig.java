package dev.orderly.config;

import java.nio.file.Path;

/**
 * The database.
 *
 * @param url null for the embedded PostgreSQL; it may carry a user and a password
 * @param user null for the URL's own
 * @param password null for the URL's own
 */
public record StorageConfig(
    @Key(
            about = "Where the node keeps its files: the embedded database, the first admin token.",
            fallback = "data")
        Path dataDir,
    @Key(
            about =
                "The PostgreSQL database (14 or newer) to use. Without it the node starts an"
                    + " embedded one under data_dir. Its options may be sslmode (disable, the"
                    + " default, allow, prefer, require, verify-ca, verify-full) and, for the last"
                    + " two, sslrootcert.",
            optional = true,
            pattern = DatabaseUrl.PATTERN,
            allowed = DatabaseUrl.ALLOWED)
        String url,
    @Key(about = "The database's user, if the URL does not name it.", optional = true) String user,
    @Key(about = "The database user's password.", optional = true) Secret password,
    @Key(about = "Connections for commands.", fallback = "8", min = 1, max = 1000) int poolSize,
    @Key(
            about = "Connections that lists and other queries have for themselves.",
            fallback = "4",
            min = 1,
            max = 1000)
        int queryPoolSize,
    @Key(about = "Connections that leasing has for itself.", fallback = "4", min = 1, max = 1000)
        int leasingPoolSize,
    @Key(
            about =
                "Connections that applying and maintenance have for themselves: two more than"
                    + " apply.parallel_max, or better three.",
            fallback = "6",
            min = 3,
            max = 1000)
        int backgroundPoolSize,
    @Key(about = "How long to wait for a connection.", fallback = "5", min = 1, max = 300)
        int connectTimeoutSeconds) {

  public StorageConfig {
    if (url == null && (user != null || password != null)) {
      throw new InvalidKeyException(
          user != null ? "user" : "password",
          "left out as long as storage.url is: the embedded database has its own");
    }
  }

  /** True if the node is to start its own database. */
  public boolean embedded() {
    return url == null;
  }

  @Override
  public String toString() {
    return ("StorageConfig[dataDir=%s, url=%s, user=%s, password=%s, poolSize=%d,"
            + " queryPoolSize=%d, leasingPoolSize=%d, backgroundPoolSize=%d, connectTimeoutSeconds=%d]")
        .formatted(
            dataDir,
            DatabaseUrl.mask(url),
            user,
            password,
            poolSize,
            queryPoolSize,
            leasingPoolSize,
            backgroundPoolSize,
            connectTimeoutSeconds);
  }
}
