package dev.orderly;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.orderly.config.Config;
import dev.orderly.config.loading.ConfigLoader;
import dev.orderly.testing.TestCertificate;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeTlsTest {
  @TempDir static Path directory;
  private static TestCertificate mine;
  private static TestCertificate other;

  @BeforeAll
  static void make() throws Exception {
    mine = TestCertificate.make(directory, "mine", "ip:127.0.0.1");
    other = TestCertificate.make(directory, "other", "ip:127.0.0.1");
  }

  private static Config config(Path certificate, Path key) throws Exception {
    var file =
        Files.writeString(
            directory.resolve("orderly.yaml"),
            "api: { tls_cert: \"%s\", tls_key: \"%s\" }".formatted(certificate, key));
    return new ConfigLoader(Map.of(), ConfigLoader.DEFAULT_FILE).load(file, List.of()).config();
  }

  @Test
  void takesACertificateWithItsKey() {
    assertThatCode(() -> NodeTls.check(config(mine.certificate(), mine.key())))
        .doesNotThrowAnyException();
  }

  @Test
  void refusesTheKeyOfAnotherCertificate() {
    assertThatThrownBy(() -> NodeTls.check(config(mine.certificate(), other.key())))
        .hasMessage(
            "api.tls_key, %s, is not the key of the certificate api.tls_cert, %s",
            other.key(), mine.certificate());
  }

  @Test
  void namesTheSettingWhoseFileCannotServe() {
    var missing = directory.resolve("missing.pem");
    assertThatThrownBy(() -> NodeTls.check(config(missing, mine.key())))
        .hasMessage("api.tls_cert names %s, which cannot be read", missing);
    assertThatThrownBy(() -> NodeTls.check(config(mine.certificate(), mine.certificate())))
        .hasMessage(
            "api.tls_key names %s, which holds no private key in PEM format", mine.certificate());
    assertThatThrownBy(() -> NodeTls.check(config(mine.key(), mine.key())))
        .hasMessage("api.tls_cert names %s, which holds no certificate in PEM format", mine.key());
  }
}
