package dev.orderly;

import dev.orderly.config.loading.ConfigLoader;
import dev.orderly.testing.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Starts whole nodes on a test's database. */
final class TestNode {
  private TestNode() {}

  /**
   * @param directory for its files
   * @param storage further settings of the storage section, such as {@code , pool_size: 3}; may be
   *     empty
   * @param others the other sections, as YAML
   */
  static Node start(TestDatabase db, Path directory, String storage, String others)
      throws IOException {
    return start(db, directory, storage, others, Map.of());
  }

  /**
   * @param environment variables such as {@code ORDERLY_API_DRAIN_SECONDS}
   */
  static Node start(
      TestDatabase db,
      Path directory,
      String storage,
      String others,
      Map<String, String> environment)
      throws IOException {
    var address = db.address();
    var config =
        Files.writeString(
            directory.resolve("orderly.yaml"),
            """
            storage: { data_dir: "%s", url: "postgresql://%s:%d/%s", user: "%s", password: "%s" %s }
            api: { port: 0 }
            """
                    .formatted(
                        directory.resolve("data"),
                        address.host(),
                        address.port(),
                        address.database(),
                        address.user(),
                        address.password(),
                        storage)
                + others);
    return Node.start(
        new ConfigLoader(environment, ConfigLoader.DEFAULT_FILE).load(config, List.of()).config());
  }
}
