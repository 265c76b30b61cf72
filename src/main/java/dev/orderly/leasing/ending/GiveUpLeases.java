package dev.orderly.leasing.ending;

import dev.orderly.bus.Bus;
import dev.orderly.domain.Caller;
import dev.orderly.idempotency.Answer;
import dev.orderly.idempotency.IdempotencyKey;
import dev.orderly.idempotency.IdempotencyStore;
import dev.orderly.leasing.HeldItem;
import dev.orderly.leasing.KnownTypes;
import dev.orderly.leasing.LeaseGuard;
import dev.orderly.leasing.LeaseMessages.Ended;
import dev.orderly.leasing.LeaseMessages.Fail;
import dev.orderly.leasing.LeaseMessages.Release;
import dev.orderly.leasing.LeaseProof;
import dev.orderly.storage.Tx;
import dev.orderly.types.OrderType;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/** Releases and failures that holders report, many in one transaction. */
public final class GiveUpLeases {
  private final Tx tx;
  private final Bus bus;
  private final KnownTypes types;
  private final LeaseGuard guard;
  private final IdempotencyStore idempotency;
  private final RandomGenerator random;

  public GiveUpLeases(
      Tx tx,
      Bus bus,
      KnownTypes types,
      LeaseGuard guard,
      IdempotencyStore idempotency,
      RandomGenerator random) {
    this.tx = tx;
    this.bus = bus;
    this.idempotency = idempotency;
    this.types = types;
    this.guard = guard;
    this.random = random;
  }

  /** A release or a failure. */
  public record GiveUp(Release release, Fail fail) {
    public UUID itemId() {
      return release != null ? release.itemId() : fail.itemId();
    }

    Caller caller() {
      return release != null ? release.caller() : fail.caller();
    }

    LeaseProof proof() {
      return release != null ? release.proof() : fail.proof();
    }

    /** Null if there is none. */
    IdempotencyKey key() {
      return release != null ? null : fail.idempotency();
    }

    String action() {
      return release != null ? "release" : "fail";
    }
  }

  /** No two of a batch are for the same item. */
  public Future<List<Future<Ended>>> run(List<GiveUp> batch) {
    return tx.async(
            connection ->
                HeldItem.lock(connection, batch.stream().map(GiveUp::itemId).toList())
                    .compose(
                        items ->
                            idempotency
                                .find(connection, keys(batch))
                                .compose(earlier -> end(connection, batch, items, earlier))))
        .onSuccess(
            replies ->
                EndedLeases.announce(
                    bus, replies.stream().filter(Future::succeeded).map(Future::result).toList()));
  }

  private static List<IdempotencyKey> keys(List<GiveUp> batch) {
    return batch.stream().map(GiveUp::key).filter(Objects::nonNull).toList();
  }

  /**
   * Whether a key has an answer was asked once the items were locked: whoever had the same request
   * before has committed it.
   */
  private Future<List<Future<Ended>>> end(
      SqlConnection connection,
      List<GiveUp> batch,
      Map<UUID, HeldItem> items,
      Map<IdempotencyKey, Future<Answer>> earlier) {
    var replies = new HashMap<UUID, Future<Ended>>();
    var accepted = new ArrayList<GiveUp>();
    for (var giveUp : batch) {
      var answered = giveUp.key() == null ? null : earlier.get(giveUp.key());
      if (answered != null) {
        replies.put(giveUp.itemId(), answered.map(answer -> Ended.replay(answer.body())));
        continue;
      }
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
        .compose(ended -> idempotency.keep(connection, answers(accepted, ended)).map(ended))
        .map(
            ended -> {
              ended.forEach(e -> replies.put(e.itemId(), Future.succeededFuture(e)));
              return batch.stream().map(g -> replies.get(g.itemId())).toList();
            });
  }

  private static Map<IdempotencyKey, Answer> answers(List<GiveUp> accepted, List<Ended> ended) {
    var keys = new HashMap<UUID, IdempotencyKey>();
    accepted.stream().filter(g -> g.key() != null).forEach(g -> keys.put(g.itemId(), g.key()));
    return ended.stream()
        .filter(e -> keys.containsKey(e.itemId()))
        .collect(Collectors.toMap(e -> keys.get(e.itemId()), e -> Answer.of(200, e.toJson())));
  }

  private LeaseEnd end(GiveUp giveUp, HeldItem item, Map<KnownTypes.Version, OrderType> known) {
    var settings = KnownTypes.settings(known, item);
    return giveUp.fail() != null
        ? LeaseEnd.failed(item, settings, giveUp.fail(), random)
        : LeaseEnd.released(item, settings, giveUp.release(), random);
  }
}
