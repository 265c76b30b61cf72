package dev.orderly;

import dev.orderly.config.Config;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.regex.Pattern;

/**
 * Looks at the certificates and keys of the configuration before anything is started with them: a
 * server takes any two, and each handshake fails.
 */
final class NodeTls {
  private static final Pattern PKCS8 =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([^-]+)-----END PRIVATE KEY-----");
  private static final Pattern OTHER_KEY = Pattern.compile("-----BEGIN [A-Z ]*PRIVATE KEY-----");
  private static final byte[] SAMPLE = "orderly".getBytes(StandardCharsets.US_ASCII);

  private NodeTls() {}

  /**
   * @throws IllegalStateException with a line for the operator
   */
  static void check(Config config) {
    if (config.api().tls()) {
      check("api", config.api().tlsCert(), config.api().tlsKey());
    }
    if (config.cluster().tlsCert() != null) {
      check("cluster", config.cluster().tlsCert(), config.cluster().tlsKey());
      certificate("cluster.tls_ca", config.cluster().tlsCa());
    }
  }

  private static void check(String section, Path certificate, Path key) {
    var publicKey = certificate(section + ".tls_cert", certificate);
    var privateKey = key(section + ".tls_key", key, publicKey.getAlgorithm());
    if (privateKey != null && !belong(publicKey, privateKey)) {
      throw new IllegalStateException(
          "%s.tls_key, %s, is not the key of the certificate %s.tls_cert, %s"
              .formatted(section, key, section, certificate));
    }
  }

  /** The first one's public key: the server's own certificate comes before its authorities'. */
  private static PublicKey certificate(String setting, Path file) {
    try {
      return CertificateFactory.getInstance("X.509")
          .generateCertificate(new ByteArrayInputStream(read(setting, file)))
          .getPublicKey();
    } catch (CertificateException e) {
      throw new IllegalStateException(
          "%s names %s, which holds no certificate in PEM format".formatted(setting, file), e);
    }
  }

  /**
   * @return null if the key has a form that only the TLS library reads
   */
  private static PrivateKey key(String setting, Path file, String algorithm) {
    var text = new String(read(setting, file), StandardCharsets.ISO_8859_1);
    var pem = PKCS8.matcher(text);
    if (!pem.find()) {
      if (OTHER_KEY.matcher(text).find()) {
        return null;
      }
      throw new IllegalStateException(
          "%s names %s, which holds no private key in PEM format".formatted(setting, file));
    }
    try {
      var encoded = Base64.getMimeDecoder().decode(pem.group(1));
      return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(encoded));
    } catch (IllegalArgumentException | GeneralSecurityException e) {
      throw new IllegalStateException(
          "%s names %s, which holds no %s key, as the certificate's is"
              .formatted(setting, file, algorithm),
          e);
    }
  }

  private static byte[] read(String setting, Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new IllegalStateException(
          "%s names %s, which cannot be read".formatted(setting, file), e);
    }
  }

  private static boolean belong(PublicKey certificate, PrivateKey key) {
    try {
      var signature = Signature.getInstance(signatures(key.getAlgorithm()));
      signature.initSign(key);
      signature.update(SAMPLE);
      var signed = signature.sign();
      signature.initVerify(certificate);
      signature.update(SAMPLE);
      return signature.verify(signed);
    } catch (GeneralSecurityException e) {
      // Keys of different kinds or sizes do not even try.
      return false;
    }
  }

  private static String signatures(String algorithm) {
    return switch (algorithm) {
      case "RSA" -> "SHA256withRSA";
      case "EC" -> "SHA256withECDSA";
      default -> algorithm;
    };
  }
}
