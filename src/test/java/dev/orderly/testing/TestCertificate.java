package dev.orderly.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;

/** A certificate that is its own authority, and its key, as PEM files. */
public record TestCertificate(Path certificate, Path key) {
  private static final String PASSWORD = "changeit";

  /**
   * Makes one in the directory, under its name.
   *
   * @param san whom it is for, such as {@code ip:127.0.0.1}
   */
  public static TestCertificate make(Path directory, String name, String san) throws Exception {
    var store = directory.resolve(name + ".p12");
    var keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                name,
                "-keyalg",
                "RSA",
                "-keysize",
                "2048",
                "-dname",
                "CN=" + name,
                "-ext",
                "san=" + san,
                "-ext",
                "bc=ca:true",
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                PASSWORD)
            .inheritIO()
            .start();
    assertThat(keytool.waitFor()).isZero();
    return write(directory, name, store);
  }

  private static TestCertificate write(Path directory, String name, Path store)
      throws IOException, GeneralSecurityException {
    var keys = KeyStore.getInstance("PKCS12");
    try (var in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD.toCharArray());
    }
    var encoded = keys.getKey(name, PASSWORD.toCharArray()).getEncoded();
    var key = Files.writeString(directory.resolve(name + ".key"), pem("PRIVATE KEY", encoded));
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
    var certificate = keys.getCertificate(name).getEncoded();
    return new TestCertificate(
        Files.writeString(directory.resolve(name + ".pem"), pem("CERTIFICATE", certificate)), key);
  }

  private static String pem(String what, byte[] bytes) {
    var text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
    return "-----BEGIN %1$s-----\n%2$s\n-----END %1$s-----\n".formatted(what, text);
  }
}
