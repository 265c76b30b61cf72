package dev.orderly.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.domain.ErrorCode;
import dev.orderly.testing.Engine;
import dev.orderly.testing.TestDatabase;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class HooksTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  @Test
  void interruptsWhatDoesNotComeToAnEndAndSaysSo() throws Exception {
    var hooks = new Hooks(db.virtualThreads(), Duration.ofSeconds(1));
    var interrupted = new CountDownLatch(1);

    var refusal =
        Engine.refusal(
            () ->
                TestDatabase.await(
                    hooks.start(
                        () -> {
                          try {
                            return new CountDownLatch(1).await(1, TimeUnit.HOURS);
                          } catch (InterruptedException e) {
                            interrupted.countDown();
                            return false;
                          }
                        })));

    assertThat(refusal.code()).isEqualTo(ErrorCode.UNAVAILABLE);
    assertThat(refusal.getMessage()).contains("took longer than 1 s");
    assertThat(interrupted.await(30, TimeUnit.SECONDS)).isTrue();
  }
}
