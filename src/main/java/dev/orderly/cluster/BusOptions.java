package dev.orderly.cluster;

import dev.orderly.config.ClusterConfig;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;

/** How nodes send each other messages. */
public final class BusOptions {
  private static final int CONNECT_TIMEOUT_MILLIS = 2_000;

  private BusOptions() {}

  public static EventBusOptions of(ClusterConfig config) {
    var options =
        new EventBusOptions()
            .setHost(config.host())
            .setPort(config.busPort())
            .setClusterPublicHost(config.host())
            .setConnectTimeout(CONNECT_TIMEOUT_MILLIS);
    if (config.tlsCert() != null) {
      options
          .setSsl(true)
          .setClientAuth(ClientAuth.REQUIRED)
          .setKeyCertOptions(
              new PemKeyCertOptions()
                  .setCertPath(config.tlsCert().toString())
                  .setKeyPath(config.tlsKey().toString()))
          .setTrustOptions(new PemTrustOptions().addCertPath(config.tlsCa().toString()));
    }
    return options;
  }
}
