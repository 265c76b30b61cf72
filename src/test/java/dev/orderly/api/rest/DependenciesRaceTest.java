package dev.orderly.api.rest;

import static dev.orderly.api.LiveApi.json;
import static dev.orderly.api.rest.DependenciesFixture.item;
import static dev.orderly.api.rest.DependenciesFixture.payload;
import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.leasing.LeaseMessages.Checkout;
import dev.orderly.leasing.item.LeasedItem;
import dev.orderly.lifecycle.OrderDependencies;
import dev.orderly.testing.Engine;
import dev.orderly.testing.LeasedItems;
import dev.orderly.testing.TestDatabase;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Dependencies while many things happen at the same time. */
class DependenciesRaceTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  private static DependenciesFixture all;

  @BeforeAll
  static void start() {
    all = new DependenciesFixture(db);
  }

  @AfterAll
  static void stop() {
    all.close();
  }

  private static <T> List<T> together(List<Callable<T>> work) throws Exception {
    var barrier = new CyclicBarrier(work.size());
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var futures =
          work.stream()
              .map(
                  one ->
                      threads.submit(
                          () -> {
                            barrier.await();
                            return one.call();
                          }))
              .toList();
      var results = new ArrayList<T>();
      for (var future : futures) {
        results.add(future.get(TestDatabase.LIMIT.toSeconds(), TimeUnit.SECONDS));
      }
      return results;
    }
  }

  private static long deadlocks() {
    return db.<Long>value(
        "select deadlocks from pg_stat_database where datname = current_database()");
  }

  @Test
  void countsEachOfManyResultsThatComeAtOnceExactlyOnce() throws Exception {
    var type = all.type("many-at-once");
    for (int round = 0; round < 10; round++) {
      var names = IntStream.range(0, 12).mapToObj(n -> "n" + n).toArray(String[]::new);
      var items = new ArrayList<JsonObject>();
      items.add(item("last", names));
      for (var name : names) {
        items.add(item(name));
      }
      items.add(item("other", names[0], names[11]));
      var order = all.proposed(type, payload(items.toArray(JsonObject[]::new)));
      var leased = IntStream.range(0, 12).mapToObj(n -> all.leased(order)).toList();

      var answers =
          together(
              leased.stream()
                  .map(one -> (Callable<Integer>) () -> all.submit(one).statusCode())
                  .toList());

      assertThat(answers).containsOnly(202);
      all.assertConsistent(order);
      assertThat(all.leasable(order)).containsExactly("last", "other");
      assertThat(
              db.<Long>value(
                  "select count(*) from work_events where order_id = $1 and event = 'unblocked'",
                  order))
          .isEqualTo(2);
    }
  }

  /** Orders of random shape, worked on by many agents in batches that span all of them. */
  @Test
  void givesNoItemBeforeAllThatItDependsOnAreDone() throws Exception {
    var type = all.type("random");
    var random = new Random(7);
    var after = new HashMap<String, List<String>>();
    for (int o = 0; o < 6; o++) {
      var items = new ArrayList<JsonObject>();
      for (int n = 0; n < 40; n++) {
        var own = o + "-" + n;
        int order = o;
        var before =
            random
                .ints(random.nextInt(4), 0, Math.max(1, n))
                .distinct()
                .filter(b -> !(order + "-" + b).equals(own))
                .mapToObj(b -> order + "-" + b)
                .toList();
        after.put(own, before);
        items.add(item(own, before.toArray(String[]::new)));
      }
      Collections.shuffle(items, random);
      all.proposed(type, payload(items.toArray(JsonObject[]::new)));
    }
    long deadlocksBefore = deadlocks();
    Map<String, Boolean> done = new ConcurrentHashMap<>();
    Map<String, String> wrong = new ConcurrentHashMap<>();

    together(
        IntStream.range(0, 12)
            .mapToObj(
                n ->
                    (Callable<Void>)
                        () -> {
                          agent("agent-" + n, type, after, done, wrong);
                          return null;
                        })
            .toList());

    assertThat(wrong).isEmpty();
    assertThat(done).hasSize(240);
    assertThat(deadlocks()).isEqualTo(deadlocksBefore);
    assertThat(
            db.<Long>value(
                "select count(*) from work_items_now where order_type = $1 and waits_for > 0",
                type))
        .isZero();
  }

  private static void agent(
      String name,
      String type,
      Map<String, List<String>> after,
      Map<String, Boolean> done,
      Map<String, String> wrong) {
    while (done.size() < after.size()) {
      List<LeasedItem> items;
      try {
        items =
            TestDatabase.await(
                    all.engine
                        .desks()
                        .checkout(Checkout.now(Engine.caller(name), List.of(type), null, null, 3)))
                .items();
      } catch (dev.orderly.domain.Rejected nothingNow) {
        Thread.yield();
        continue;
      }
      for (var item : items) {
        var key = key(item);
        after.get(key).stream()
            .filter(before -> !done.containsKey(before))
            .forEach(before -> wrong.put(key, before));
        var dependencies = LeasedItems.json(item).getJsonArray("dependencies");
        if (after.get(key).size() != dependencies.size()) {
          wrong.put(key, "dependencies " + dependencies);
        }
      }
      // Known to be done before it is: whoever is given what depends on it sees it here.
      items.forEach(item -> done.put(key(item), true));
      var answers =
          items.stream()
              .map(
                  item ->
                      all.engine.submitLater(
                          name,
                          item.id(),
                          Engine.proof(item),
                          new JsonObject().put("ok", true),
                          null))
              .toList();
      TestDatabase.await(Future.join(answers));
    }
  }

  /** Each order is completed and depended on at the same instant. */
  @Test
  void neverMissesAnOrderThatIsCompletedWhileItIsDependedOn() throws Exception {
    var type = all.type("missed");
    for (int round = 0; round < 30; round++) {
      var first = all.proposed(type, payload(item("x")));
      all.work(first);

      var answers =
          DependenciesRaceTest.<HttpResponse<String>>together(
              List.of(
                  () -> all.approve(first),
                  () -> all.propose(type, payload(item("y")), first),
                  () -> all.propose(type, payload(item("y")), first)));

      assertThat(answers.getFirst().statusCode()).isEqualTo(200);
      for (var answer : answers.subList(1, 3)) {
        var second = UUID.fromString(json(answer).getJsonObject("order").getString("id"));
        all.assertConsistent(second);
        assertThat(all.leasable(second)).containsExactly("y");
      }
    }
  }

  @Test
  void waitsForACompletionThatIsUnderWay() {
    var type = all.type("under-way");
    var first = all.proposed(type, payload(item("x")));
    all.work(first);
    var completing = db.begun();
    TestDatabase.await(
        completing
            .preparedQuery(
                """
                update work_orders set state = 'completed', approved_at = now(), applied_at = now(),
                  completed_at = now(), diff = '{}' where id = $1
                """)
            .execute(io.vertx.sqlclient.Tuple.of(first)));
    TestDatabase.await(OrderDependencies.completed(completing, first));
    var proposal =
        db.vertx().executeBlocking(() -> all.propose(type, payload(item("y")), first), false);
    long end = System.nanoTime() + TestDatabase.LIMIT.toNanos();
    while (db.<Long>value(
            "select count(*) from pg_locks where locktype = 'advisory' and not granted")
        == 0) {
      assertThat(System.nanoTime()).as("the proposal never waited").isLessThan(end);
    }

    TestDatabase.await(completing.query("commit").execute());
    TestDatabase.await(completing.close());

    var second =
        UUID.fromString(json(TestDatabase.await(proposal)).getJsonObject("order").getString("id"));
    assertThat(all.leasable(second)).containsExactly("y");
  }

  /** Reworks, cancels, retries and results that meet in the same orders. */
  @Test
  void survivesReviewersAndAgentsInTheSameOrder() throws Exception {
    var type = all.type("meeting");
    long deadlocksBefore = deadlocks();
    for (int round = 0; round < 10; round++) {
      var order =
          all.proposed(
              type,
              payload(
                  item("d", "b", "c"), item("c", "a"), item("b", "a"), item("a"), item("e", "d")));
      all.work(order);
      assertThat(all.sendBack(order, "a").statusCode()).isEqualTo(200);
      all.workOne(order);
      var b = all.leased(order);
      var c = all.leased(order);

      together(
          List.of(
              () -> all.submit(b),
              () -> all.submit(c),
              () -> all.checkout(order),
              () -> all.post("/orders/" + order + "/cancel", new JsonObject()),
              () -> all.sendBack(order, "a")));

      assertThat(all.order(order).getString("state")).isEqualTo("cancelled");
    }
    assertThat(deadlocks()).isEqualTo(deadlocksBefore);
  }

  private static String key(LeasedItem item) {
    return LeasedItems.json(item).getString("key");
  }
}
