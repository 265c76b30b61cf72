package dev.orderly.leasing;

import dev.orderly.bus.Bus;
import dev.orderly.domain.Caller;
import dev.orderly.leasing.LeaseMessages.Ended;
import dev.orderly.leasing.LeaseMessages.Fail;
import dev.orderly.leasing.LeaseMessages.Release;
import dev.orderly.storage.Tx;
import dev.orderly.types.OrderType;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.random.RandomGenerator;

/** Releases and failures that holders report, many in one transaction. */
final class GiveUpLeases {
  private final Tx tx;
  private final Bus bus;
  private final KnownTypes types;
  private final LeaseGuard guard;
  private final RandomGenerator random;

  GiveUpLeases(Tx tx, Bus bus, KnownTypes types, LeaseGuard guard, RandomGenerator random) {
    this.tx = tx;
    this.bus = bus;
    this.types = types;
    this.guard = guard;
    this.random = random;
  }

  /** A release or a failure. */
  record GiveUp(Release release, Fail fail) {
    UUID itemId() {
      return release != null ? release.itemId() : fail.itemId();
    }

    Caller caller() {
      return release != null ? release.caller() : fail.caller();
    }

    LeaseProof proof() {
      return release != null ? release.proof() : fail.proof();
    }

    String action() {
      return release != null ? "release" : "fail";
    }
  }

  /** No two of a batch are for the same item. */
  Future<List<Future<Ended>>> run(List<GiveUp> batch) {
    return tx.async(
            connection ->
                HeldItem.lock(connection, batch.stream().map(GiveUp::itemId).toList())
                    .compose(items -> end(connection, batch, items)))
        .onSuccess(
            replies ->
                EndedLeases.announce(
                    bus, replies.stream().filter(Future::succeeded).map(Future::result).toList()));
  }

  private Future<List<Future<Ended>>> end(
      SqlConnection connection, List<GiveUp> batch, Map<UUID, HeldItem> items) {
    var replies = new HashMap<UUID, Future<Ended>>();
    var accepted = new ArrayList<GiveUp>();
    for (var giveUp : batch) {
      var item = items.get(giveUp.itemId());
      var refusal =
          guard.check(giveUp.action(), giveUp.itemId(), item, giveUp.caller(), giveUp.proof());
      if (refusal == null) {
        accepted.add(giveUp);
      } else {
        replies.put(giveUp.itemId(), Future.failedFuture(refusal));
      }
    }
    return types
        .resolve(accepted.stream().map(g -> KnownTypes.version(items.get(g.itemId()))).toList())
        .compose(
            known ->
                EndLeases.write(
                    connection,
                    accepted.stream().map(g -> end(g, items.get(g.itemId()), known)).toList()))
        .map(
            ended -> {
              ended.forEach(e -> replies.put(e.itemId(), Future.succeededFuture(e)));
              return batch.stream().map(g -> replies.get(g.itemId())).toList();
            });
  }

  private LeaseEnd end(GiveUp giveUp, HeldItem item, Map<KnownTypes.Version, OrderType> known) {
    var settings = KnownTypes.settings(known, item);
    var caller = giveUp.caller();
    return giveUp.fail() != null
        ? LeaseEnd.failed(item, settings, giveUp.fail(), random)
        : LeaseEnd.released(
            item, settings, giveUp.release().reason(), caller.agent(), caller.requestId(), random);
  }
}
