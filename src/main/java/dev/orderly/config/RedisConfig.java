package dev.orderly.config;

import java.net.URI;
import java.nio.file.Path;

/**
 * The Redis server that keeps heartbeats.
 *
 * @param url null if there is none; without credentials
 * @param user null for the server's default one
 * @param password null if the server asks for none
 * @param tlsCa null for the authorities that the JDK knows
 */
public record RedisConfig(
    @Key(
            about = "The server, with rediss for TLS. User and password have keys of their own.",
            optional = true,
            pattern = "rediss?://([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+])(:[0-9]{1,5})?(/[0-9]{1,4})?",
            allowed =
                "a URL without credentials, such as redis://host:6379 or rediss://host:6379/0")
        String url,
    @Key(about = "The user, if it is not the server's default one.", optional = true) String user,
    @Key(about = "The user's password.", optional = true) Secret password,
    @Key(
            about =
                "The authorities that may have signed the server's certificate, PEM; without it"
                    + " those that the JDK knows.",
            optional = true)
        Path tlsCa,
    @Key(
            about =
                "How long an answer may take, in milliseconds, before heartbeats go to the"
                    + " database.",
            fallback = "50",
            min = 5,
            max = 5_000)
        int timeoutMillis,
    @Key(
            about = "How often a server that could not be used is tried again, in milliseconds.",
            fallback = "1000",
            min = 50,
            max = 60_000)
        int retryMillis) {
  private static final int PORT_MAX = 65_535;

  public RedisConfig {
    if (url != null && URI.create(url).getPort() > PORT_MAX) {
      throw new InvalidKeyException("url", "a URL with a port up to " + PORT_MAX);
    }
    if (user != null && password == null) {
      throw new InvalidKeyException("user", "given together with redis.password");
    }
    if (tlsCa != null && (url == null || !url.startsWith("rediss:"))) {
      throw new InvalidKeyException("tls_ca", "left out unless redis.url begins with rediss");
    }
  }
}
