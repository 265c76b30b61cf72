package dev.orderly.config;

import java.nio.file.Path;

/** The HTTP server. */
public record ApiConfig(
    @Key(
            about = "The address to listen on; 0.0.0.0 for all of the machine's.",
            fallback = "127.0.0.1",
            pattern = "[A-Za-z0-9._:%-]{1,255}",
            allowed = "a host name or an IP address")
        String host,
    @Key(about = "The port to listen on; 0 for any free one.", fallback = "8080", max = 65_535)
        int port,
    @Key(
            about = "The path under which the API stands.",
            fallback = "/agent/work",
            pattern = "(/[A-Za-z0-9._~-]+){1,8}",
            allowed = "a path such as /agent/work, without a slash at its end")
        String basePath,
    @Key(
            about =
                "Event loops that serve HTTP; 0 for half as many as there are cores, at least two: the"
                    + " desks and the database want the rest.",
            fallback = "0",
            max = 256)
        int instances,
    @Key(
            about = "The largest request body that is read; a larger one is answered with 413.",
            fallback = "4194304",
            min = 1024,
            max = 268_435_456)
        int maxBodyBytes,
    @Key(
            about = "A connection on which nothing moves for this long is closed.",
            fallback = "120",
            min = 1,
            max = 86_400)
        int idleTimeoutSeconds,
    @Key(
            about = "How long a request may wait for the rest of the node before it gets a 503.",
            fallback = "20",
            min = 1,
            max = 600)
        int requestTimeoutSeconds,
    @Key(
            about =
                "How long a node that is told to stop serves on while /health/ready already says no,"
                    + " so that load balancers pass it over before it takes no more requests.",
            fallback = "0",
            max = 300)
        int drainSeconds,
    @Key(
            about = "How long running requests may still take when the node stops.",
            fallback = "5",
            max = 300)
        int shutdownGraceSeconds,
    @Key(about = "The server's certificate chain, PEM; without it HTTP is plain.", optional = true)
        Path tlsCert,
    @Key(about = "The certificate's private key, PEM.", optional = true) Path tlsKey) {

  public ApiConfig {
    if ((tlsCert == null) != (tlsKey == null)) {
      throw new InvalidKeyException("tls_key", "given together with tls_cert");
    }
  }

  /** Whether the server speaks HTTPS. */
  public boolean tls() {
    return tlsCert != null;
  }

  /** How many event loops serve HTTP. */
  public int instancesOrDefault() {
    return instances > 0 ? instances : Math.max(2, Runtime.getRuntime().availableProcessors() / 2);
  }
}
