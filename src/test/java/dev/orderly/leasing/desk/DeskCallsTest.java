package dev.orderly.leasing.desk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import dev.orderly.testing.SeenPlacement;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Where calls to desks go, and what becomes of them when the desk's node does not answer. */
@Timeout(30)
class DeskCallsTest {
  private static final Duration PATIENT = Duration.ofMinutes(10);

  private final Vertx vertx = Vertx.vertx();
  private final SeenPlacement placement = new SeenPlacement("here", "there", Map.of("there", 3));
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final DeskCalls calls = new DeskCalls(vertx, placement, PATIENT);

  @AfterEach
  void close() throws Exception {
    vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  private static String await(Future<String> answer) throws Exception {
    return answer.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  /** Answers with the host, but for that node, which never does. */
  private BiFunction<String, Duration, Future<String>> silent(String node) {
    return (host, limit) -> {
      asked.add(host);
      return host.startsWith(node)
          ? Promise.<String>promise().future()
          : Future.succeededFuture(host);
    };
  }

  @Test
  void findsTheDeskAmongAsManyHostsAsItsNodeHas() throws Exception {
    assertThat(await(calls.ask(5, silent("nobody")))).isEqualTo("there/2");
    placement.owner("here");
    assertThat(await(calls.ask(5, silent("nobody")))).isEqualTo("here/1");
  }

  @Test
  void isAskedHereOnceTheNodeThatIsAskedIsGone() throws Exception {
    var answer = calls.ask(0, silent("there"));
    assertThat(asked).containsExactly("there/0");
    assertThat(answer.isComplete()).isFalse();
    placement.owner("here");
    placement.gone("there");
    assertThat(await(answer)).isEqualTo("here/0");
  }

  @Test
  void whatMustNotBeAskedTwiceFailsOnceTheNodeIsGone() {
    var answer = calls.askOnce(0, silent("there"));
    placement.gone("there");
    assertThatThrownBy(() -> await(answer))
        .cause()
        .isInstanceOfSatisfying(
            Rejected.class, gone -> assertThat(gone.code()).isEqualTo(ErrorCode.UNAVAILABLE));
    assertThat(asked).containsExactly("there/0");
  }

  @Test
  void aNodeThatDidNotAnswerIsPassedOverForAWhile() throws Exception {
    BiFunction<String, Duration, Future<String>> tooLate =
        (host, limit) -> {
          asked.add(host);
          return host.startsWith("there")
              ? Future.failedFuture(new Rejected(ErrorCode.UNAVAILABLE, "No answer in time"))
              : Future.succeededFuture(host);
        };
    assertThat(await(calls.ask(0, tooLate))).isEqualTo("here/0");
    assertThat(await(calls.ask(1, tooLate))).isEqualTo("here/1");
    assertThat(asked).containsExactly("there/0", "here/0", "here/1");
  }
}
