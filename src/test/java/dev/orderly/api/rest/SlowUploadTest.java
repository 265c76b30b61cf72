package dev.orderly.api.rest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.artifacts.ArtifactsVerticle;
import dev.orderly.testing.TestDatabase;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** An upload that never stands still may still not take for ever. */
@Timeout(60)
class SlowUploadTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  @Test
  void givesUpOnAnUploadThatOnlyTrickles(@TempDir Path spool) throws Exception {
    var settings =
        new ArtifactsVerticle.Settings(false, null, spool, 1 << 20, 1 << 20, 1, 1, 1, 60);
    try (var uploads = new Uploads(db, settings);
        var raw =
            uploads.begin(uploads.token("slow", "slow"), "0".repeat(64), "Content-Length: 9")) {
      raw.write("t");
      assertThat(raw.readAll()).startsWith("HTTP/1.1 408 ").contains("may take 1 seconds");
    }
  }
}
