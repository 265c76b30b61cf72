package dev.orderly.leasing.checkout.search;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.leasing.KnownTypes;
import dev.orderly.storage.Tx;
import dev.orderly.testing.Engine;
import dev.orderly.testing.TestDatabase;
import dev.orderly.testing.TestType;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Searches for the best items of several queues. */
class AcrossQueuesTest {
  private static final List<String> QUEUES = List.of("across.a", "across.b", "across.c");

  @RegisterExtension static final TestDatabase db = new TestDatabase();

  private static CandidateSearch search;

  /** Twelve items, in turns in three queues: the first of a, of b, of c, the second of a. */
  private static List<UUID> items;

  @BeforeAll
  static void start() {
    var engine = new Engine(db).type(new TestType("across"));
    search =
        new CandidateSearch(
            new KnownTypes(db.vertx(), engine.registry()), new QueueHeads(System::nanoTime));
    var payload = new JsonArray();
    for (int n = 0; n < 12; n++) {
      payload.add(new JsonObject().put("queue", QUEUES.get(n % QUEUES.size())));
    }
    var order =
        Engine.orderId(engine.propose("across", new JsonObject().put("items", payload), 0, null));
    db.execute("update work_items set rank = position where order_id = $1", order);
    items = engine.items(order);
  }

  private static ClaimFilter any(int minPriority) {
    return new ClaimFilter(Engine.TENANT, List.of(), null, minPriority);
  }

  private static ClaimFilter in(String... queues) {
    return new ClaimFilter(Engine.TENANT, List.of(queues), null, 0);
  }

  /** What is found for each, and what another may lock while the first transaction has it. */
  private record Seen(Map<ClaimFilter, List<UUID>> found, List<UUID> free) {}

  private static Seen find(Map<ClaimFilter, Integer> wanted) {
    return TestDatabase.await(
        new Tx(db.pool())
            .async(
                connection ->
                    search
                        .find(connection, wanted)
                        .compose(
                            found ->
                                lock(db.pool(), items)
                                    .map(
                                        free -> {
                                          var ids = new LinkedHashMap<ClaimFilter, List<UUID>>();
                                          found.forEach((f, some) -> ids.put(f, ids(some)));
                                          return new Seen(ids, free);
                                        }))));
  }

  private static List<UUID> ids(CandidateSearch.Found found) {
    return found.items().stream().map(Candidate::id).toList();
  }

  private static Future<List<UUID>> lock(SqlClient client, List<UUID> ids) {
    return client
        .preparedQuery(
            "select item_id from work_queue where item_id = any($1) order by rank for update skip locked")
        .execute(Tuple.tuple().addArrayOfUUID(ids.toArray(UUID[]::new)))
        .map(
            rows -> {
              var locked = new ArrayList<UUID>();
              rows.forEach(row -> locked.add(row.getUUID("item_id")));
              return locked;
            });
  }

  private static <T> T whileLocked(List<UUID> ids, Function<SqlConnection, T> work) {
    var connection = TestDatabase.await(db.pool().getConnection());
    try {
      var transaction = TestDatabase.await(connection.begin());
      TestDatabase.await(lock(connection, ids));
      var result = work.apply(connection);
      TestDatabase.await(transaction.rollback());
      return result;
    } finally {
      TestDatabase.await(connection.close());
    }
  }

  @Test
  void locksNoMoreThanItFinds() {
    var seen = find(Map.of(any(0), 4));

    assertThat(seen.found().get(any(0))).containsExactlyElementsOf(items.subList(0, 4));
    assertThat(seen.free()).containsExactlyElementsOf(items.subList(4, 12));
  }

  @Test
  void takesTheBestOfTheQueuesThatAreNamed() {
    var seen = find(Map.of(in("across.a", "across.c"), 3));

    assertThat(seen.found().get(in("across.a", "across.c")))
        .containsExactly(items.get(0), items.get(2), items.get(3));
    assertThat(seen.free()).hasSize(9);
  }

  @Test
  void looksPastWhatOthersHaveLocked() {
    var seen = whileLocked(items.subList(0, 9), locked -> find(Map.of(any(0), 2)));

    assertThat(seen.found().get(any(0))).startsWith(items.get(9), items.get(10));
  }

  @Test
  void findsTheLastThatIsFree() {
    var all = new ArrayList<>(items);
    all.remove(7);
    var seen = whileLocked(all, locked -> find(Map.of(any(0), 5)));

    assertThat(seen.found().get(any(0))).containsExactly(items.get(7));
  }

  @Test
  void thoseWhoAskForOtherQueuesDoNotMakeItLockMore() {
    var wanted = new LinkedHashMap<ClaimFilter, Integer>();
    wanted.put(in("across.a"), 2);
    wanted.put(in("across.b"), 1);
    var seen = find(wanted);

    assertThat(seen.found().get(in("across.b"))).containsExactly(items.get(1));
    assertThat(seen.free()).hasSize(9);
  }

  @Test
  void seesAsManyMoreAsThoseBeforeItMayTake() {
    var wanted = new LinkedHashMap<ClaimFilter, Integer>();
    wanted.put(in("across.a"), 2);
    wanted.put(any(0), 1);
    var seen = find(wanted);

    assertThat(seen.found().get(any(0))).containsExactlyElementsOf(items.subList(0, 3));
  }
}
