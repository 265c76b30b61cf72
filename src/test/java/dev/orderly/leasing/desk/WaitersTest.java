package dev.orderly.leasing.desk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.domain.Actor;
import dev.orderly.domain.Caller;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import dev.orderly.domain.Violation;
import dev.orderly.leasing.LeaseMessages.CheckedOut;
import dev.orderly.leasing.LeaseMessages.Checkout;
import dev.orderly.leasing.LeaseMessages.Wait;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WaitersTest {
  private static final Rejected NOTHING =
      new Rejected(ErrorCode.NO_ITEMS_AVAILABLE, "There is nothing");
  private static final Rejected MOVED = new Rejected(ErrorCode.NOT_SERVED, "It moved");

  private static final Future<CheckedOut> NONE = Future.failedFuture(NOTHING);
  private static final Future<CheckedOut> SOME = Future.succeededFuture(new CheckedOut(List.of()));

  private final Vertx vertx = Vertx.vertx();
  private final List<Integer> looks = new ArrayList<>();
  private Function<List<Checkout>, Future<List<Future<CheckedOut>>>> claim =
      checkouts -> Future.succeededFuture(Collections.nCopies(checkouts.size(), NONE));
  private final Waiters waiters =
      new Waiters(
          vertx,
          10,
          60_000,
          checkouts -> {
            looks.add(checkouts.size());
            return claim.apply(checkouts);
          });

  @AfterEach
  void close() {
    vertx.close();
  }

  private static Checkout patient() {
    return patient("x", null);
  }

  private static Checkout patient(String type, UUID order) {
    var caller = new Caller("t", new Actor(Actor.Kind.AGENT, "a"), "a", "r");
    var wait = new Wait(UUID.randomUUID(), 60_000);
    return new Checkout(caller, List.of(type), order, null, 1, wait);
  }

  @Test
  void sendsAwayThoseWhoWait() {
    var waiting = waiters.add(patient(), NOTHING);
    assertThat(waiting.isComplete()).isFalse();

    waiters.close(MOVED);

    assertThat(waiting.cause()).isSameAs(MOVED);
  }

  /** A checkout may still look for work while its desk goes to another node. */
  @Test
  void sendsAwayThoseWhoComeAfterItClosed() {
    waiters.close(MOVED);

    assertThat(waiters.add(patient(), NOTHING).cause()).isSameAs(MOVED);
    assertThat(waiters.size()).isZero();
  }

  @Test
  void takesInWhoAsksForWhatOthersWaitForWithoutALook() {
    waiters.add(patient(), NOTHING);

    var joined = waiters.join(patient());

    assertThat(joined).isNotNull().matches(answer -> !answer.isComplete());
    assertThat(waiters.size()).isEqualTo(2);
    assertThat(looks).containsExactly(1);

    waiters.look();
    assertThat(looks).containsExactly(1, 2);
  }

  @Test
  void letsLookForThemselvesThoseWhoAskForWhatNobodyWaitsFor() {
    assertThat(waiters.join(patient())).isNull();
    var first = patient();
    waiters.add(first, NOTHING);

    assertThat(waiters.join(patient("y", null))).isNull();

    waiters.leave(first.waiting().id());
    assertThat(waiters.join(patient())).isNull();
  }

  /** What stands in the way of one need not stand in the way of another, or not for long. */
  @Test
  void letsLookForThemselvesThoseWhoAreRefusedForALimitOrAnOrder() {
    var limit = new Violation("", "limit.type_leases", "full");
    var full = new Rejected(ErrorCode.NO_ITEMS_AVAILABLE, "full", List.of(limit), List.of());
    claim = checkouts -> Future.succeededFuture(List.of(Future.failedFuture(full)));
    waiters.add(patient(), NOTHING);
    assertThat(waiters.join(patient())).isNull();

    var order = UUID.randomUUID();
    claim = checkouts -> Future.succeededFuture(Collections.nCopies(checkouts.size(), NONE));
    waiters.add(patient("x", order), NOTHING);
    assertThat(waiters.join(patient("x", order))).isNull();
  }

  @Test
  void looksAgainForThoseWhoCameWhileAllOthersWereServed() {
    waiters.add(patient(), NOTHING);
    var replies = Promise.<List<Future<CheckedOut>>>promise();
    claim = checkouts -> replies.future();
    waiters.look();
    var late = waiters.join(patient());
    claim = checkouts -> Future.succeededFuture(List.of(SOME));

    replies.complete(List.of(SOME));

    assertThat(late.result()).isSameAs(SOME.result());
    assertThat(looks).containsExactly(1, 1, 1);
  }

  @Test
  void looksNotAgainForThoseWhoCameWhileNothingWasFound() {
    waiters.add(patient(), NOTHING);
    var replies = Promise.<List<Future<CheckedOut>>>promise();
    claim = checkouts -> replies.future();
    waiters.look();
    var late = waiters.join(patient());

    replies.complete(List.of(NONE));

    assertThat(late.isComplete()).isFalse();
    assertThat(looks).containsExactly(1, 1);
  }
}
