package dev.orderly.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class BatcherTest {
  private final List<List<String>> batches = new ArrayList<>();
  private final List<Promise<Void>> running = new ArrayList<>();

  /** Answers each request with itself in upper case once its batch is let go. */
  private Future<List<Future<String>>> handle(List<String> batch) {
    batches.add(batch);
    var gate = Promise.<Void>promise();
    running.add(gate);
    return gate.future()
        .map(done -> batch.stream().map(r -> Future.succeededFuture(r.toUpperCase())).toList());
  }

  private Batcher<String, String> batcher(int batchMax, int inboxMax) {
    return new Batcher<>(batchMax, inboxMax, request -> request, this::handle);
  }

  private Batcher<String, String> pairs(Function<Duration, Future<Void>> rest) {
    return new Batcher<>(2, 10, request -> request, this::handle, rest);
  }

  @Test
  void runsALoneRequestAtOnce() {
    var reply = batcher(10, 10).submit("a");
    running.getFirst().complete();

    assertThat(batches).containsExactly(List.of("a"));
    assertThat(reply.result()).isEqualTo("A");
  }

  @Test
  void putsWhatArrivesMeanwhileIntoTheNextBatch() {
    var batcher = batcher(10, 10);
    batcher.submit("a");
    var b = batcher.submit("b");
    var c = batcher.submit("c");
    running.get(0).complete();
    running.get(1).complete();

    assertThat(batches).containsExactly(List.of("a"), List.of("b", "c"));
    assertThat(b.result()).isEqualTo("B");
    assertThat(c.result()).isEqualTo("C");
  }

  @Test
  void takesNoMoreThanABatchHolds() {
    var batcher = batcher(2, 10);
    for (var request : List.of("a", "b", "c", "d")) {
      batcher.submit(request);
    }
    running.get(0).complete();
    running.get(1).complete();

    assertThat(batches).containsExactly(List.of("a"), List.of("b", "c"), List.of("d"));
  }

  @Test
  void letsEqualKeysWaitForEachOtherAndKeepsTheirOrder() {
    var batcher = batcher(10, 10);
    batcher.submit("x");
    for (var request : List.of("a", "a", "b", "a")) {
      batcher.submit(request);
    }
    for (int i = 0; i < 4; i++) {
      running.get(i).complete();
    }

    assertThat(batches)
        .containsExactly(List.of("x"), List.of("a", "b"), List.of("a"), List.of("a"));
  }

  @Test
  void restsAfterABatchUnlessAWholeOneWaits() {
    var rests = new ArrayList<Promise<Void>>();
    var batcher =
        pairs(
            took -> {
              rests.add(Promise.promise());
              return rests.getLast().future();
            });
    var a = batcher.submit("a");
    batcher.submit("b");
    batcher.submit("c");
    running.get(0).complete();
    assertThat(a.result()).isEqualTo("A");
    assertThat(rests).as("two wait, which is a whole batch").isEmpty();

    running.get(1).complete();
    batcher.submit("d");
    var drained = batcher.drained();
    assertThat(batches).as("it rests").containsExactly(List.of("a"), List.of("b", "c"));
    assertThat(drained.isComplete()).isFalse();

    rests.getFirst().complete();
    assertThat(batches).containsExactly(List.of("a"), List.of("b", "c"), List.of("d"));
  }

  @Test
  void goesOnWhenARestFails() {
    var batcher =
        pairs(
            took -> {
              throw new IllegalStateException("no clock");
            });
    batcher.submit("a");
    batcher.submit("b");
    running.getFirst().complete();

    assertThat(batches).containsExactly(List.of("a"), List.of("b"));
  }

  @Test
  void refusesMoreThanItsInboxHolds() {
    var batcher = batcher(10, 2);
    batcher.submit("running");
    batcher.submit("a");
    batcher.submit("b");

    var refused = batcher.submit("c");

    assertThat(((Rejected) refused.cause()).code()).isEqualTo(ErrorCode.OVERLOADED);
    running.get(0).complete();
    assertThat(batches.get(1)).containsExactly("a", "b");
  }

  @Test
  void triesEachRequestAloneWhenABatchFailsAsAWhole() {
    var batcher =
        new Batcher<String, String>(
            10,
            10,
            request -> request,
            batch -> {
              batches.add(batch);
              return batch.contains("bad")
                  ? Future.failedFuture(new IllegalArgumentException("bad one"))
                  : handle(batch);
            });
    batcher.submit("first");
    var good = batcher.submit("good");
    var bad = batcher.submit("bad");
    running.get(0).complete();
    running.get(1).complete();

    assertThat(good.result()).isEqualTo("GOOD");
    assertThat(bad.cause()).hasMessage("bad one");
  }

  @Test
  void goesOnAfterAHandlerThatThrows() {
    var batcher =
        new Batcher<String, String>(
            10,
            10,
            request -> request,
            batch -> {
              if (batch.contains("bad")) {
                throw new IllegalStateException("thrown");
              }
              return handle(batch);
            });
    var bad = batcher.submit("bad");
    var good = batcher.submit("good");
    running.getFirst().complete();

    assertThatThrownBy(
            () -> {
              throw bad.cause();
            })
        .hasMessage("thrown");
    assertThat(good.result()).isEqualTo("GOOD");
  }
}
