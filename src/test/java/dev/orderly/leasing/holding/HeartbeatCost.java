package dev.orderly.leasing.holding;

import dev.orderly.leasing.LeaseGuard;
import dev.orderly.leasing.LeaseMessages.Heartbeat;
import dev.orderly.leasing.LeaseProof;
import dev.orderly.leasing.LeaseTokens;
import dev.orderly.leasing.heartbeats.Heartbeats;
import dev.orderly.storage.Tx;
import dev.orderly.testing.Engine;
import dev.orderly.testing.TestDatabase;
import dev.orderly.testing.TestRedis;
import dev.orderly.testing.TestType;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;

/**
 * Prints what a heartbeat costs that is written to the database, and one that is kept in Redis: its
 * time, and how much write-ahead log it makes. Not a test; run it by hand.
 */
public final class HeartbeatCost {
  private static final int LEASES = 4_096;
  private static final int BATCH = 256;
  private static final int ROUNDS = 8;
  private static final double NANOS_PER_MICRO = 1e3;

  private HeartbeatCost() {}

  public static void main(String[] args) {
    try (var redis = new TestRedis().start();
        var db = new TestDatabase().open();
        var kept = redis.heartbeats(db.vertx(), new SimpleMeterRegistry())) {
      var engine = new Engine(db).type(new TestType("beating"));
      var order = engine.propose("beating", LEASES);
      var calls = new ArrayList<Heartbeat>();
      for (int i = 0; i < LEASES; i++) {
        var item = engine.checkout("a", order);
        calls.add(new Heartbeat(Engine.caller("a"), item.id(), LeaseProof.NONE));
      }
      measure(db, "begins", Heartbeats.none(), calls);
      for (int round = 0; round < ROUNDS; round++) {
        measure(db, "written", Heartbeats.none(), calls);
        measure(db, "kept", kept, calls);
      }
    }
  }

  private static void measure(
      TestDatabase db, String what, Heartbeats heartbeats, List<Heartbeat> calls) {
    var guard = new LeaseGuard(new LeaseTokens(new byte[32]));
    var pool = db.database().leasing();
    var hear = new HearLeases(pool, guard, heartbeats, new ExtendLeases(new Tx(pool), guard));
    var before = db.<Object>value("select pg_current_wal_insert_lsn()::text").toString();
    long start = System.nanoTime();
    for (int i = 0; i < calls.size(); i += BATCH) {
      var answers = TestDatabase.await(hear.run(calls.subList(i, i + BATCH)));
      TestDatabase.await(Future.all(answers));
    }
    double micros = (System.nanoTime() - start) / NANOS_PER_MICRO / calls.size();
    long bytes =
        db.<Long>value(
            "select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), $1::text::pg_lsn)::bigint",
            before);
    System.out.printf(
        "%-8s %6.1f us, %5d bytes of WAL a heartbeat%n", what, micros, bytes / calls.size());
  }
}
