package dev.orderly.leasing.desk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.domain.Actor;
import dev.orderly.domain.Caller;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import dev.orderly.leasing.LeaseMessages.Checkout;
import dev.orderly.leasing.LeaseMessages.Wait;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WaitersTest {
  private static final Rejected NOTHING =
      new Rejected(ErrorCode.NO_ITEMS_AVAILABLE, "There is nothing");
  private static final Rejected MOVED = new Rejected(ErrorCode.NOT_SERVED, "It moved");

  private final Vertx vertx = Vertx.vertx();
  private final Waiters waiters =
      new Waiters(
          vertx,
          10,
          60_000,
          checkouts -> Future.succeededFuture(List.of(Future.failedFuture(NOTHING))));

  @AfterEach
  void close() {
    vertx.close();
  }

  private static Checkout patient() {
    var caller = new Caller("t", new Actor(Actor.Kind.AGENT, "a"), "a", "r");
    return new Checkout(caller, List.of("x"), null, null, 1, new Wait(UUID.randomUUID(), 60_000));
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
}
