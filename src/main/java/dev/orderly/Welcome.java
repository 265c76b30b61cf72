package dev.orderly;

import dev.orderly.config.ApiConfig;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a node says once it serves. */
final class Welcome {
  private Welcome() {}

  /**
   * @param adminToken the file, which the reader may want to open from elsewhere
   */
  static void print(PrintStream out, ApiConfig api, int port, Path adminToken) {
    var host = api.host();
    var shown = host.contains(":") ? "[" + host + "]" : host;
    var url = "%s://%s:%d".formatted(api.tls() ? "https" : "http", shown, port);
    var token = adminToken.toAbsolutePath().normalize();
    if (!Files.exists(token)) {
      // The database is older than this node's files: the node that made the token has it.
      out.printf(
          """

          Orderly is ready at %1$s

            contract     %1$s/docs
            to stop      Ctrl-C

          """,
          url);
      out.flush();
      return;
    }
    out.printf(
        """

        Orderly is ready at %1$s

          admin token  %2$s
          contract     %1$s/docs
          to stop      Ctrl-C

        Try:

          curl %1$s/health
          curl -H "Authorization: Bearer $(cat '%2$s')" %1$s%3$s/types
          curl -H "Authorization: Bearer $(cat '%2$s')" %1$s%3$s/orders

        """,
        url, token, api.basePath());
    out.flush();
  }
}
