package dev.orderly.storage.embedded;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The port that the server had the last time. Other nodes were told of it, and would look in vain
 * for the server at another one.
 */
final class LastPort {
  private static final Logger LOG = LoggerFactory.getLogger(LastPort.class);

  private LastPort() {}

  /**
   * @param url the file with the server's last address
   * @return 0 if there was none, or another program has it now
   */
  static int of(Path url) throws IOException {
    int port = read(url);
    if (port <= 0) {
      return 0;
    }
    try (var free = new ServerSocket()) {
      free.setReuseAddress(true);
      free.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return port;
    } catch (IOException e) {
      LOG.warn(
          "Port {}, which the embedded PostgreSQL had before, is taken; it gets another one, of which"
              + " other nodes have to be told",
          port);
      return 0;
    }
  }

  private static int read(Path url) throws IOException {
    if (!Files.exists(url)) {
      return 0;
    }
    try {
      return URI.create(Files.readString(url).strip()).getPort();
    } catch (IllegalArgumentException e) {
      LOG.debug("No address in {}", url, e);
      return 0;
    }
  }
}
