package dev.orderly.config.loading;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.config.Config;
import dev.orderly.config.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigDocsTest {
  private static final String REWRITE = "Rewrite it with -Dorderly.docs=write";

  @BeforeAll
  static void rewriteIfAsked() throws IOException {
    if ("write".equals(System.getProperty("orderly.docs"))) {
      ConfigDocs.main(new String[0]);
    }
  }

  @Test
  void theManualFollowsFromTheRecords() throws IOException {
    assertThat(Files.readString(ConfigDocs.MANUAL)).as(REWRITE).isEqualTo(ConfigDocs.manual());
  }

  @Test
  void theSampleFileFollowsFromTheRecords() throws IOException {
    assertThat(Files.readString(ConfigDocs.SAMPLE)).as(REWRITE).isEqualTo(ConfigDocs.sample());
  }

  @Test
  void theSampleFileAsItStandsChangesNothing() {
    var loaded = new ConfigLoader(Map.of(), ConfigDocs.SAMPLE).load(null, List.of());
    assertThat(loaded.config()).isEqualTo(ConfigLoader.defaults());
    assertThat(loaded.origins()).isEmpty();
  }

  @Test
  void theSampleFilesKeysAreAllTheDefaults(@TempDir Path dir) throws IOException {
    var text = ConfigDocs.sample().replaceAll("(?m)^#(?! )", "").replaceAll("(?m)^#(?=  )", "");
    var file = Files.writeString(dir.resolve("all.yaml"), text);
    var environment = Map.of("BILLING_WEBHOOK_SECRET", "b", "WAREHOUSE_PASSWORD", "w");
    var loaded = new ConfigLoader(environment, null).load(file, List.of());
    var config = loaded.config();
    assertThat(loaded.origins().keySet())
        .containsAll(ConfigSchema.fixedKeys().stream().map(KeySpec::path).toList());
    assertThat(
            new Config(
                config.api(),
                config.websocket(),
                config.storage(),
                config.cluster(),
                config.leasing(),
                config.redis(),
                config.limits(),
                config.state(),
                config.parts(),
                config.apply(),
                config.artifacts(),
                config.idempotency(),
                config.auth(),
                config.types(),
                config.maintenance(),
                config.metrics(),
                config.log(),
                Map.of(),
                Map.of()))
        .isEqualTo(ConfigLoader.defaults());
    assertThat(config.datasources()).containsOnlyKeys("warehouse");
    assertThat(config.secrets()).containsEntry("billing_webhook", new Secret("b"));
  }
}
