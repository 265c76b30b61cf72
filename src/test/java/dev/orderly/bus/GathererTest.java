package dev.orderly.bus;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GathererTest {
  private static final Gatherer.Limits LIMITS = new Gatherer.Limits(3, 2, 10);

  private static final int WRONG = -1;

  private final Vertx vertx = Vertx.vertx();
  private final Context loop = vertx.getOrCreateContext();
  private final List<List<Integer>> sent = new ArrayList<>();
  private final List<Promise<List<Future<String>>>> answers = new ArrayList<>();
  private final Gatherer<Integer, String> gatherer = new Gatherer<>(loop, LIMITS, this::send);

  @AfterEach
  void close() throws Exception {
    vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  private Future<List<Future<String>>> send(List<Integer> requests) {
    if (requests.contains(WRONG)) {
      throw new IllegalStateException("wrong");
    }
    sent.add(requests);
    var answer = Promise.<List<Future<String>>>promise();
    answers.add(answer);
    return answer.future();
  }

  /** Answers a message as it was meant. */
  private void answer(int message) {
    answers
        .get(message)
        .complete(sent.get(message).stream().map(n -> Future.succeededFuture("r" + n)).toList());
  }

  /** A turn of the loop, ended with all that it left to be done. */
  private <T> T turn(Callable<T> work) throws Exception {
    var result = Promise.<T>promise();
    loop.runOnContext(
        began -> {
          try {
            var value = work.call();
            loop.runOnContext(ended -> result.complete(value));
          } catch (Exception e) {
            result.fail(e);
          }
        });
    return result.future().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  private List<Future<String>> ask(int from, int to) throws Exception {
    return turn(() -> IntStream.rangeClosed(from, to).mapToObj(gatherer::ask).toList());
  }

  @Test
  void whatIsAskedInOneTurnTravelsTogether() throws Exception {
    var replies = ask(1, 3);

    assertThat(sent).containsExactly(List.of(1, 2, 3));
    turn(
        () -> {
          answer(0);
          return null;
        });
    assertThat(replies).extracting(Future::result).containsExactly("r1", "r2", "r3");
  }

  @Test
  void aLoneRequestGoesAtOnce() throws Exception {
    ask(1, 1);

    assertThat(sent).containsExactly(List.of(1));
  }

  @Test
  void whatIsTooMuchForOneMessageGoesInTheNext() throws Exception {
    ask(1, 5);

    assertThat(sent).containsExactly(List.of(1, 2, 3), List.of(4, 5));
  }

  @Test
  void whatIsTooMuchForAllMessagesWaits() throws Exception {
    ask(1, 7);

    assertThat(sent).containsExactly(List.of(1, 2, 3), List.of(4, 5, 6));
  }

  @Test
  void whileEnoughIsUnderWayRequestsGather() throws Exception {
    ask(1, 1);
    ask(2, 2);
    ask(3, 3);
    ask(4, 4);
    assertThat(sent).containsExactly(List.of(1), List.of(2));

    turn(
        () -> {
          answer(1);
          return null;
        });

    assertThat(sent).containsExactly(List.of(1), List.of(2), List.of(3, 4));
  }

  @Test
  void eachHasAnAnswerOfItsOwn() throws Exception {
    var replies = ask(1, 2);

    turn(
        () -> {
          answers
              .get(0)
              .complete(
                  List.of(
                      Future.failedFuture(new IllegalStateException("not you")),
                      Future.succeededFuture("you")));
          return null;
        });

    assertThat(replies.get(0).cause()).hasMessage("not you");
    assertThat(replies.get(1).result()).isEqualTo("you");
  }

  @Test
  void answersThatAreMissingAreFailures() throws Exception {
    var replies = ask(1, 2);

    turn(
        () -> {
          answers.get(0).complete(List.of(Future.succeededFuture("r1")));
          return null;
        });

    assertThat(replies.get(0).result()).isEqualTo("r1");
    assertThat(replies.get(1).cause()).hasMessage("no reply to request 1");
  }

  @Test
  void whatCannotBeSentFailsAndHoldsUpNoOthers() throws Exception {
    for (int i = 0; i < 3; i++) {
      assertThat(ask(WRONG, WRONG).getFirst().cause()).hasMessage("wrong");
    }

    ask(1, 1);

    assertThat(sent).containsExactly(List.of(1));
  }

  @Test
  void whoComesAfterTooManyIsToldSo() throws Exception {
    ask(1, 1);
    ask(2, 2);
    var waiting = ask(3, 12);
    var tooMany = ask(13, 13).getFirst();

    assertThat(waiting).noneMatch(Future::isComplete);
    assertThat(tooMany.cause())
        .isInstanceOfSatisfying(
            Rejected.class, refusal -> assertThat(refusal.code()).isEqualTo(ErrorCode.OVERLOADED));
  }

  @Test
  void oneCallersFailureKeepsNoOtherFromItsAnswer() throws Exception {
    var replies = ask(1, 2);
    turn(
        () ->
            replies
                .getFirst()
                .onSuccess(
                    reply -> {
                      throw new IllegalStateException("made a mess of it");
                    }));

    turn(
        () -> {
          answer(0);
          return null;
        });

    assertThat(replies.get(1).result()).isEqualTo("r2");
  }

  @Test
  void answersComeOnTheLoopWhoeverGivesThem() throws Exception {
    var thread = turn(Thread::currentThread);
    var reply = ask(1, 1).getFirst();
    var answeredOn = turn(() -> reply.map(done -> Thread.currentThread()));

    answer(0);

    assertThat(answeredOn.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS))
        .isSameAs(thread);
  }

  @Test
  void aMessageThatIsLostFailsItsRequestsAndHoldsUpNoOthers() throws Exception {
    var lost = ask(1, 3);
    ask(4, 4);
    ask(5, 5);

    turn(
        () -> {
          answers.get(0).fail("lost");
          return null;
        });

    assertThat(lost).allSatisfy(reply -> assertThat(reply.cause()).hasMessage("lost"));
    assertThat(sent).containsExactly(List.of(1, 2, 3), List.of(4), List.of(5));
  }
}
