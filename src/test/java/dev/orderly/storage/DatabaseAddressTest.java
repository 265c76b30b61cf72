package dev.orderly.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DatabaseAddressTest {
  private static DatabaseAddress parse(String url) {
    return DatabaseAddress.parse("datasources.crm.url", url, null, null);
  }

  @Test
  void readsAUrlAndLetsUserAndPasswordOverrideIt() {
    assertThat(parse("postgresql://u:p@db.example:6543/app"))
        .isEqualTo(new DatabaseAddress("db.example", 6543, "app", "u", "p", Tls.NONE));
    assertThat(DatabaseAddress.parse("storage.url", "postgres://u:p@h/app", "v", "q"))
        .isEqualTo(new DatabaseAddress("h", 5432, "app", "v", "q", Tls.NONE));
  }

  @ParameterizedTest
  @ValueSource(strings = {"disable", "allow", "prefer", "require"})
  void tellsBothDriversTheSameOfEncryption(String mode) {
    var address = parse("postgresql://u:p@h/app?sslmode=" + mode);

    assertThat(address.tls().mode().name()).isEqualToIgnoringCase(mode);
    assertThat(address.jdbcUrl()).isEqualTo("jdbc:postgresql://h:5432/app?sslmode=" + mode);
    assertThat(parse("postgresql://u:p@h/app").jdbcUrl()).endsWith("?sslmode=disable");
  }

  @Test
  void takesTheAuthoritiesOfAModeThatVerifies(@TempDir Path dir) throws IOException {
    var root = Files.writeString(dir.resolve("root ca.pem"), "");
    var address =
        parse(
            "postgresql://u:p@h/app?sslmode=verify-full&sslrootcert="
                + root.toString().replace(" ", "%20"));

    assertThat(address.tls().rootCertificate()).isEqualTo(root);
    assertThat(address.jdbcUrl())
        .contains("sslmode=verify-full&sslrootcert=")
        .contains("root%20ca");
    assertThat(DatabaseAddress.parse("x", address.url(), null, null)).isEqualTo(address);
  }

  @ParameterizedTest
  @CsvSource({
    "postgresql://h/app?connect_timeout=3&sslmode=require, has the option connect_timeout",
    "postgresql://h/app?password=hunter2, has the option password",
    "postgresql://h/app?sslmode=on, 'sslmode=on, which is none of disable, allow, prefer'",
    "postgresql://h/app?sslmode=require&sslmode=disable, has the option sslmode twice",
    "postgresql://h/app?sslmode, without a name or a value",
    "postgresql://h/app?, without a name or a value",
    "postgresql://h/app?sslmode=verify-ca, 'sslmode=verify-ca and needs sslrootcert'",
    "postgresql://h/app?sslrootcert=r.pem, sslmode=verify-ca or verify-full only",
    "postgresql://h/app?sslmode=verify-ca&sslrootcert=/none.pem, /none.pem as sslrootcert",
    "postgresql://h:99999/app, must look like postgresql://host:5432/database",
    "mysql://h/app, must look like postgresql://host:5432/database"
  })
  void refusesWhatItWouldHaveToIgnoreByNameAndByKey(String url, String said) {
    assertThatThrownBy(() -> parse(url))
        .isInstanceOf(StorageException.class)
        .hasMessageStartingWith("datasources.crm.url ")
        .hasMessageContaining(said)
        .hasMessageNotContaining("hunter2");
  }
}
