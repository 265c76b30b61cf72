package dev.orderly.storage;

import io.vertx.pgclient.PgConnectOptions;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/**
 * Where a PostgreSQL database is and who logs in.
 *
 * @param password may be empty
 */
public record DatabaseAddress(
    String host, int port, String database, String user, String password) {

  /**
   * @param url {@code postgresql://[user[:password]@]host[:port]/database}
   * @param user overrides the URL's, or null
   * @param password overrides the URL's, or null
   * @throws StorageException if the URL is not of that form
   */
  public static DatabaseAddress parse(String url, String user, String password) {
    try {
      var options = PgConnectOptions.fromUri(url);
      URI.create(url);
      return new DatabaseAddress(
          options.getHost(),
          options.getPort(),
          options.getDatabase(),
          user != null ? user : options.getUser(),
          password != null ? password : options.getPassword());
    } catch (RuntimeException e) {
      throw new StorageException("storage.url must look like postgresql://host:5432/database", e);
    }
  }

  /** For JDBC, without the credentials. */
  public String jdbcUrl() {
    return "jdbc:postgresql://%s:%d/%s".formatted(host, port, database);
  }

  /** With the credentials, for {@code psql} and the like. */
  public String url() {
    return "postgresql://%s:%s@%s:%d/%s"
        .formatted(encode(user), encode(password), host, port, database);
  }

  private static String encode(String part) {
    return URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** Never shows the password. */
  @Override
  public String toString() {
    return "postgresql://%s@%s:%d/%s".formatted(user, host, port, database);
  }
}
