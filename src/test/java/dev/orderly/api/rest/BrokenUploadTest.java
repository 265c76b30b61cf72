package dev.orderly.api.rest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.artifacts.ArtifactsVerticle;
import dev.orderly.testing.TestDatabase;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Who hangs up before the body is looked at keeps nobody else from uploading. */
@Timeout(30)
class BrokenUploadTest {
  /** Far longer than this test may take. */
  private static final int IDLE_SECONDS = 600;

  @RegisterExtension static final TestDatabase db = new TestDatabase();

  @Test
  void aConnectionThatBreaksAtOnceHoldsNoPlace(@TempDir Path spool) throws Exception {
    var onePlace =
        new ArtifactsVerticle.Settings(
            false, null, spool, 1 << 20, 1 << 20, 1, 1, IDLE_SECONDS, IDLE_SECONDS);
    var some = Uploads.bytes(1, 100_000);
    try (var uploads = new Uploads(db, onePlace)) {
      var agent = uploads.token("broken", "broken");
      for (int i = 0; i < 20; i++) {
        try (var raw = uploads.begin(agent, "0".repeat(64), "Content-Length: 200000")) {
          raw.write(some);
        }
        while (uploads.put(agent, some).statusCode() == 503) {
          Thread.onSpinWait();
        }
      }
      assertThat(uploads.put(agent, some).statusCode()).isEqualTo(200);
    }
  }
}
