package dev.orderly.config.loading;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigPrinterTest {
  @Test
  void whatIsPrintedGivesTheSameConfiguration(@TempDir Path dir) throws IOException {
    var environment =
        Map.of(
            "ORDERLY_STORAGE_URL", "postgresql://h:1/d",
            "ORDERLY_STORAGE_USER", "007",
            "ORDERLY_API_HOST", "::1",
            "ORDERLY_TYPES_PATHS", "a b,no,\\x\"y",
            "ORDERLY_DATASOURCES_CRM_URL", "postgresql://h/d");
    var loaded = new ConfigLoader(environment, null).load(null, List.of());
    var file = Files.writeString(dir.resolve("printed.yaml"), ConfigPrinter.print(loaded));
    assertThat(new ConfigLoader(Map.of(), null).load(file, List.of()).config())
        .isEqualTo(loaded.config());
  }

  @Test
  void saysWhereAValueCameFrom() {
    var loaded =
        new ConfigLoader(Map.of("ORDERLY_API_PORT", "9"), null)
            .load(null, List.of(new OptionValue("api.host", "h", "--host")));
    assertThat(ConfigPrinter.print(loaded))
        .startsWith("api:\n  host: h  # --host\n  port: 9  # ORDERLY_API_PORT\n  base_path: /agent")
        .endsWith("datasources: {}\nsecrets: {}\n");
  }
}
