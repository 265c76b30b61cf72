package dev.orderly.storage;

import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.SslMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Whether a database's connections are encrypted and its server is who it should be, by libpq's
 * names.
 *
 * @param rootCertificate the authorities, PEM; null unless the mode verifies
 */
public record Tls(SslMode mode, Path rootCertificate) {
  /** Plain connections. */
  public static final Tls NONE = new Tls(SslMode.DISABLE, null);

  private static final String MODE = "sslmode";
  private static final String ROOT = "sslrootcert";

  /**
   * @param options a database URL's options
   * @throws IllegalArgumentException if one of them is unknown or cannot be used; the message says
   *     which
   */
  static Tls of(Map<String, String> options) {
    for (var name : options.keySet()) {
      if (!name.equals(MODE) && !name.equals(ROOT)) {
        throw new IllegalArgumentException(
            "has the option %s, which is not supported; there are %s and %s"
                .formatted(name, MODE, ROOT));
      }
    }
    var mode = mode(options.get(MODE));
    boolean verifies = mode == SslMode.VERIFY_CA || mode == SslMode.VERIFY_FULL;
    var root = options.get(ROOT);
    if (verifies && root == null) {
      throw new IllegalArgumentException(
          "has %s=%s and needs %s, the file with the authorities' certificates, for it"
              .formatted(MODE, name(mode), ROOT));
    }
    if (!verifies && root != null) {
      throw new IllegalArgumentException(
          "has %s, which is used with %s=verify-ca or verify-full only".formatted(ROOT, MODE));
    }
    if (root != null && !Files.isReadable(Path.of(root))) {
      throw new IllegalArgumentException(
          "names the file %s as %s, which cannot be read".formatted(root, ROOT));
    }
    return new Tls(mode, root == null ? null : Path.of(root));
  }

  private static SslMode mode(String text) {
    if (text == null) {
      return SslMode.DISABLE;
    }
    return Arrays.stream(SslMode.values())
        .filter(mode -> name(mode).equals(text))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "has %s=%s, which is none of %s"
                        .formatted(
                            MODE,
                            text,
                            Arrays.stream(SslMode.values())
                                .map(Tls::name)
                                .collect(Collectors.joining(", ")))));
  }

  private static String name(SslMode mode) {
    return mode.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** As a URL's options, for libpq and JDBC; they have the same names. */
  Map<String, String> options() {
    return rootCertificate == null
        ? Map.of(MODE, name(mode))
        : Map.of(MODE, name(mode), ROOT, rootCertificate.toString());
  }

  void apply(PgConnectOptions options) {
    options.setSslMode(mode);
    if (mode == SslMode.DISABLE) {
      return;
    }
    var ssl = new ClientSSLOptions().setHostnameVerificationAlgorithm("");
    if (rootCertificate == null) {
      ssl.setTrustAll(true);
    } else {
      ssl.setTrustOptions(new PemTrustOptions().addCertPath(rootCertificate.toString()));
    }
    if (mode == SslMode.VERIFY_FULL) {
      ssl.setHostnameVerificationAlgorithm("HTTPS");
    }
    options.setSslOptions(ssl);
  }
}
