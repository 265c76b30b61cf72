package dev.orderly.api.rest;

import dev.orderly.domain.ItemState;
import dev.orderly.domain.OrderState;
import dev.orderly.domain.Refusal;
import dev.orderly.domain.Rejected;
import dev.orderly.leasing.LeaseMessages.CheckedOut;
import dev.orderly.leasing.LeaseMessages.Checkout;
import dev.orderly.leasing.LeaseMessages.Ended;
import dev.orderly.leasing.LeaseMessages.Ending;
import dev.orderly.leasing.LeaseMessages.Extended;
import dev.orderly.leasing.LeaseMessages.Extension;
import dev.orderly.leasing.LeaseMessages.Fail;
import dev.orderly.leasing.LeaseMessages.Heartbeat;
import dev.orderly.leasing.LeaseMessages.Leave;
import dev.orderly.leasing.LeaseMessages.Release;
import dev.orderly.leasing.desk.Desks;
import dev.orderly.leasing.item.ItemText;
import dev.orderly.leasing.item.Lease;
import dev.orderly.leasing.item.LeasedItem;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.function.Function;

/** Notes what it is asked and gives fixed answers, or one refusal. */
final class FakeDesks implements Desks {
  static final Instant EXPIRES = Instant.parse("2026-01-01T12:10:00Z");

  volatile Rejected refusal;
  private final Queue<Object> messages;

  FakeDesks(Queue<Object> messages) {
    this.messages = messages;
  }

  @Override
  public Future<CheckedOut> checkout(Checkout checkout) {
    var lease = new Lease("v1.token", checkout.caller().agentId(), 4, EXPIRES, 600, 120);
    var item =
        new LeasedItem(
            ApiFixture.ID,
            ApiFixture.ID,
            "user.data.sync",
            "1-abc",
            "user.data.sync",
            2,
            3,
            lease,
            null,
            new ItemText(text(lease), Buffer.buffer("{\"type\":\"object\"}")));
    return answer(checkout, new CheckedOut(List.of(item)));
  }

  private static Buffer text(Lease lease) {
    return new JsonObject(
            """
            {"id": "%1$s", "order_id": "%1$s", "order_type": "user.data.sync",
             "type_version": "1-abc", "type": "user.data.sync", "key": null, "input": {"ids": [1]},
             "attempt": 2, "max_attempts": 3, "priority": 7, "errors": [{"code": "wrong"}],
             "last_error": null, "dependencies": [], "lease_expires_at": "%2$s",
             "heartbeat_every_seconds": 120,
             "lease": {"token": "v1.token", "agent_id": "%3$s", "fence": 4, "expires_at": "%2$s",
                       "heartbeat_every_seconds": 120}}
            """
                .formatted(ApiFixture.ID, lease.expiresAt(), lease.agentId()))
        .toBuffer();
  }

  @Override
  public void leave(UUID waitId) {
    messages.add(new Leave(waitId));
  }

  @Override
  public Future<List<Extension>> heartbeat(List<Heartbeat> heartbeats) {
    return each(
        heartbeats,
        h ->
            refusal == null
                ? new Extension(new Extended(h.itemId(), ItemState.IN_PROGRESS, EXPIRES, 120), null)
                : new Extension(null, Refusal.of(refusal)));
  }

  @Override
  public Future<List<Ending>> release(List<Release> releases) {
    return each(
        releases,
        r ->
            refusal == null
                ? new Ending(ended(ItemState.QUEUED, EXPIRES, false), null)
                : new Ending(null, Refusal.of(refusal)));
  }

  private <Q, R> Future<List<R>> each(List<Q> calls, Function<Q, R> outcome) {
    messages.addAll(calls);
    return Future.succeededFuture(calls.stream().map(outcome).toList());
  }

  @Override
  public Future<Ended> fail(Fail fail) {
    return answer(fail, ended(ItemState.FAILED, null, ApiFixture.again(fail.idempotency())));
  }

  private static Ended ended(ItemState state, Instant availableAt, boolean replayed) {
    return new Ended(
        ApiFixture.ID,
        "default",
        ApiFixture.ID,
        "t",
        state,
        OrderState.QUEUED,
        1,
        3,
        availableAt,
        0,
        replayed,
        null);
  }

  private <T> Future<T> answer(Object message, T value) {
    messages.add(message);
    return refusal == null ? Future.succeededFuture(value) : Future.failedFuture(refusal);
  }
}
