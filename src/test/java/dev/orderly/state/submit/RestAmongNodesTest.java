package dev.orderly.state.submit;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RestAmongNodesTest {
  private final Vertx vertx = Vertx.vertx();

  @AfterEach
  void close() {
    vertx.close();
  }

  @Test
  void aNodeThatIsAloneNeverRests() {
    assertThat(new RestAmongNodes(vertx, () -> true).apply(Duration.ofSeconds(1)).succeeded())
        .isTrue();
  }

  @Test
  void aTransactionOfNoTimeIsFollowedByNoRest() {
    assertThat(new RestAmongNodes(vertx, () -> false).apply(Duration.ofNanos(999_999)).succeeded())
        .isTrue();
  }

  @Test
  void aLongTransactionIsFollowedByAShortRest() throws Exception {
    var rest = new RestAmongNodes(vertx, () -> false).apply(Duration.ofDays(1));

    assertThat(rest.isComplete()).isFalse();
    rest.await(10, TimeUnit.SECONDS);
  }
}
