package dev.orderly.api.rest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.artifacts.ArtifactsVerticle;
import dev.orderly.testing.TestDatabase;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A file that is there takes no room when it comes again, even at the instant it came to be. */
@Timeout(60)
class FullStoreTest {
  private static final int ROUNDS = 60;
  private static final int AT_ONCE = 8;

  @RegisterExtension static final TestDatabase db = new TestDatabase();

  @Test
  void nobodyLacksRoomForWhatAnotherHasJustSent(@TempDir Path spool) throws Exception {
    var roomForOne =
        new ArtifactsVerticle.Settings(false, null, spool, 1000, 1000, AT_ONCE, 2, 20, 20);
    try (var uploads = new Uploads(db, roomForOne);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int round = 0; round < ROUNDS; round++) {
        var owner = uploads.token("full-" + round, "full-" + round);
        var bytes = Uploads.bytes(round, 600);
        var same = new ArrayList<Callable<Integer>>();
        for (int i = 0; i < AT_ONCE; i++) {
          same.add(() -> uploads.put(owner, bytes).statusCode());
        }
        var statuses = new ArrayList<Integer>();
        for (var answer : threads.invokeAll(same)) {
          statuses.add(answer.get());
        }
        assertThat(statuses).containsOnly(200, 201).containsOnlyOnce(201);
        assertThat(uploads.put(owner, Uploads.bytes(-1, 600)).statusCode()).isEqualTo(409);
      }
    }
  }
}
