package dev.orderly;

import dev.orderly.config.Config;
import java.io.PrintStream;

/** What a node says once it serves. */
final class Welcome {
  private Welcome() {}

  static void print(PrintStream out, Config config, Node node) {
    var host = config.api().host();
    var shown = host.contains(":") ? "[" + host + "]" : host;
    var url = "http://%s:%d".formatted(shown, node.port());
    var token = node.adminTokenFile();
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
        url, token, config.api().basePath());
    out.flush();
  }
}
