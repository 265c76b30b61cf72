package dev.orderly.state.submit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.bus.Bus;
import dev.orderly.domain.Actor;
import dev.orderly.domain.Caller;
import dev.orderly.idempotency.Answer;
import dev.orderly.leasing.HeldItem;
import dev.orderly.leasing.LeaseProof;
import dev.orderly.state.StateMessages;
import dev.orderly.state.StateMessages.Submit;
import dev.orderly.state.submit.SubmitItems.Verdict;
import dev.orderly.testing.HeldItems;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SubmitInboxTest {
  private static final Answer DONE = Answer.of(202, new JsonObject());

  private record Write(List<CheckedSubmit> batch, Promise<List<Future<Answer>>> promise) {
    UUID order() {
      return batch.getFirst().item().orderId();
    }

    void finish() {
      promise.complete(batch.stream().map(one -> Future.succeededFuture(DONE)).toList());
    }
  }

  private final Vertx vertx = Vertx.vertx();
  private final Bus bus = new Bus(vertx, Duration.ofSeconds(10));
  private final BlockingQueue<Write> writes = new LinkedBlockingQueue<>();
  private final Map<UUID, UUID> orders = new HashMap<>();
  private volatile Future<Void> rest = Future.succeededFuture();

  // Of the two transactions that there may be at once, these take one each.
  private final UUID order = new UUID(0, 0);
  private final UUID another = new UUID(0, 1);

  @BeforeEach
  void start() throws Exception {
    Bus.install(vertx);
    var inbox =
        new SubmitInbox(
            bus,
            10,
            2,
            100,
            submit -> null,
            batch ->
                Future.succeededFuture(
                    batch.stream()
                        .map(
                            submit ->
                                Future.succeededFuture(
                                    new Verdict(
                                        CheckedSubmit.of(submit, item(submit), List.of()), null)))
                        .toList()),
            batch -> {
              var write = new Write(batch, Promise.promise());
              writes.add(write);
              return write.promise().future();
            },
            took -> rest);
    vertx.deployVerticle(inbox).await(10, TimeUnit.SECONDS);
  }

  @AfterEach
  void close() {
    vertx.close();
  }

  private HeldItem item(Submit submit) {
    return HeldItems.leased(submit.itemId(), orders.get(submit.itemId()), 1);
  }

  private Future<Answer> submit(UUID to) {
    var id = UUID.randomUUID();
    orders.put(id, to);
    var caller = new Caller("t", Actor.agent("a"), "a", "r");
    return bus.call(
        StateMessages.SUBMIT,
        new Submit(caller, id, LeaseProof.NONE, new JsonObject(), null, null, null, null));
  }

  private Write next() throws InterruptedException {
    var write = writes.poll(10, TimeUnit.SECONDS);
    assertThat(write).as("a batch to write").isNotNull();
    return write;
  }

  @Test
  void writesResultsOfTwoOrdersSideBySideAndThoseOfOneInTurn() throws Exception {
    var first = submit(order);
    var firstWrite = next();
    var second = submit(order);
    var other = submit(another);

    var otherWrite = next();
    assertThat(otherWrite.order()).isEqualTo(another);
    otherWrite.finish();
    assertThat(other.await(10, TimeUnit.SECONDS)).isEqualTo(DONE);
    assertThat(writes).as("the order's second result waits for its first").isEmpty();

    firstWrite.finish();
    assertThat(first.await(10, TimeUnit.SECONDS)).isEqualTo(DONE);
    next().finish();
    assertThat(second.await(10, TimeUnit.SECONDS)).isEqualTo(DONE);
  }

  @Test
  void writesTogetherWhatCameWhileItRested() throws Exception {
    var resting = Promise.<Void>promise();
    rest = resting.future();
    var first = submit(order);
    next().finish();
    assertThat(first.await(10, TimeUnit.SECONDS)).as("answered before the rest").isEqualTo(DONE);

    var second = submit(order);
    var third = submit(order);
    var other = submit(another);
    var otherWrite = next();
    assertThat(otherWrite.order()).as("the other lane has not written").isEqualTo(another);
    otherWrite.finish();
    assertThat(other.await(10, TimeUnit.SECONDS)).isEqualTo(DONE);
    assertThat(writes).as("the lane rests").isEmpty();

    resting.complete();
    var together = next();
    assertThat(together.batch()).hasSize(2);
    together.finish();
    assertThat(second.await(10, TimeUnit.SECONDS)).isEqualTo(DONE);
    assertThat(third.await(10, TimeUnit.SECONDS)).isEqualTo(DONE);
  }
}
