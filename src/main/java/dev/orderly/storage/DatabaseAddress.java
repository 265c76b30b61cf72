package dev.orderly.storage;

import io.vertx.pgclient.PgConnectOptions;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Where a PostgreSQL database is and who logs in.
 *
 * @param password may be empty
 */
public record DatabaseAddress(
    String host, int port, String database, String user, String password, Tls tls) {

  /** With plain connections. */
  public DatabaseAddress(String host, int port, String database, String user, String password) {
    this(host, port, database, user, password, Tls.NONE);
  }

  /**
   * @param key the configuration's key that the URL comes from
   * @param url {@code postgresql://[user[:password]@]host[:port]/database[?sslmode=…]}
   * @param user overrides the URL's, or null
   * @param password overrides the URL's, or null
   * @throws StorageException naming the key, if the URL is not of that form or has other options
   */
  public static DatabaseAddress parse(String key, String url, String user, String password) {
    int query = url.indexOf('?');
    var plain = query < 0 ? url : url.substring(0, query);
    PgConnectOptions options;
    try {
      options = PgConnectOptions.fromUri(plain);
      URI.create(plain);
    } catch (RuntimeException e) {
      throw new StorageException(
          key + " must look like postgresql://host:5432/database?sslmode=require", e);
    }
    return new DatabaseAddress(
        options.getHost(),
        options.getPort(),
        options.getDatabase(),
        user != null ? user : options.getUser(),
        password != null ? password : options.getPassword(),
        query < 0 ? Tls.NONE : tls(key, url.substring(query + 1)));
  }

  private static Tls tls(String key, String query) {
    try {
      var options = new LinkedHashMap<String, String>();
      for (var option : query.split("&")) {
        int equals = option.indexOf('=');
        if (equals <= 0) {
          throw new IllegalArgumentException("has an option without a name or a value");
        }
        var name = decode(option.substring(0, equals));
        if (options.put(name, decode(option.substring(equals + 1))) != null) {
          throw new IllegalArgumentException("has the option %s twice".formatted(name));
        }
      }
      return Tls.of(options);
    } catch (IllegalArgumentException e) {
      throw new StorageException(key + " " + e.getMessage(), e);
    }
  }

  /** For JDBC, without the credentials. */
  public String jdbcUrl() {
    return "jdbc:postgresql://%s:%d/%s%s".formatted(host, port, database, options());
  }

  /** With the credentials, for {@code psql} and the like. */
  public String url() {
    return "postgresql://%s:%s@%s:%d/%s%s"
        .formatted(
            encode(user),
            encode(password),
            host,
            port,
            database,
            tls.equals(Tls.NONE) ? "" : options());
  }

  /** Also that there is no TLS has to be said: the drivers' defaults differ. */
  private String options() {
    return new TreeMap<>(tls.options())
        .entrySet().stream()
            .map(option -> option.getKey() + "=" + encode(option.getValue()))
            .collect(Collectors.joining("&", "?", ""));
  }

  private static String encode(String part) {
    return URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private static String decode(String part) {
    return URLDecoder.decode(part.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  /** Never shows the password. */
  @Override
  public String toString() {
    return "postgresql://%s@%s:%d/%s".formatted(user, host, port, database);
  }
}
