package dev.orderly.applying.sql;

import dev.orderly.applying.claim.ApplyFailed;
import dev.orderly.applying.claim.ApplyStore;
import dev.orderly.applying.claim.Approved;
import dev.orderly.applying.claim.Claim;
import dev.orderly.applying.hold.Differs;
import dev.orderly.applying.hold.Expected;
import dev.orderly.storage.Tx;
import dev.orderly.types.ApplySpec;
import dev.orderly.types.Diff;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * Changes tables in a database other than Orderly's. The change commits there together with a row
 * in a ledger; if the process dies before Orderly records it, the next try finds the row, takes the
 * diff from it and changes nothing again.
 */
public final class ForeignSqlApplier {
  private final Tx tx;
  private final Map<String, Pool> datasources;
  private final SqlSetup setup;
  private final Set<String> prepared = ConcurrentHashMap.newKeySet();

  /**
   * @param datasources by the names that types give
   * @param setup of this node's types
   */
  public ForeignSqlApplier(Tx tx, Map<String, Pool> datasources, SqlSetup setup) {
    this.tx = tx;
    this.datasources = Map.copyOf(datasources);
    this.setup = setup;
  }

  /**
   * One try; when it returns, the order is completed.
   *
   * @throws Differs if the change is not the expected one; nothing is changed then
   * @throws ClaimLost if the claim does not hold the order any more
   * @throws ApplyFailed if the change was not made; {@code TypeFailure} too
   */
  public void apply(Claim claim, ApplySpec.Sql spec, Expected expected) {
    var pool = prepared(claim.type(), claim.typeVersion(), spec);
    var approved = tx.run(connection -> ApplyStore.load(connection, claim));
    var diff = change(claim, spec, new Tx(pool), approved, expected);
    tx.run(
        connection -> {
          var locked = ApplyStore.lock(connection, claim);
          ApplyStore.complete(connection, claim, locked, diff);
          return null;
        });
  }

  /** The datasource, ready for the type's statements. */
  Pool prepared(String type, String version, ApplySpec.Sql spec) {
    var pool = datasources.get(spec.datasource());
    if (pool == null) {
      throw ApplyFailed.forGood(unknown(spec.datasource(), datasources.keySet()));
    }
    var refused = setup.makeUp(type, version);
    if (!refused.isEmpty()) {
      throw ApplyFailed.forGood(String.join("\n", refused));
    }
    return pool;
  }

  static String unknown(String datasource, Set<String> known) {
    return "There is no datasource %s in the configuration; it names %s"
        .formatted(datasource, known.isEmpty() ? "none" : String.join(", ", new TreeSet<>(known)));
  }

  private Diff change(
      Claim claim, ApplySpec.Sql spec, Tx target, Approved approved, Expected expected) {
    return once(
        target,
        spec.datasource(),
        claim.key(),
        claim,
        connection -> {
          var diff = SqlChange.run(connection, spec, approved);
          expected.require(diff);
          return diff;
        });
  }

  /**
   * Makes a change in another database, unless an earlier try did.
   *
   * @param key the change's own; the same for each try
   * @throws ClaimLost if a later try was announced
   * @throws ApplyFailed if there is no such datasource
   */
  void once(String datasource, UUID key, Claim claim, Function<SqlConnection, Diff> change) {
    var pool = datasources.get(datasource);
    if (pool == null) {
      throw ApplyFailed.forGood(unknown(datasource, datasources.keySet()));
    }
    once(new Tx(pool), datasource, key, claim, change);
  }

  private Diff once(
      Tx target, String datasource, UUID key, Claim claim, Function<SqlConnection, Diff> change) {
    if (!prepared.contains(datasource)) {
      target.run(Ledger::create);
      prepared.add(datasource);
    }
    target.run(connection -> Ledger.announce(connection, key, claim.fence()));
    return target.run(
        connection -> {
          var made = Ledger.look(connection, key, claim);
          if (made != null) {
            return made;
          }
          var diff = change.apply(connection);
          Ledger.write(connection, key, claim, diff);
          return diff;
        });
  }
}
