package dev.orderly.leasing.checkout.search;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.leasing.KnownTypes;
import dev.orderly.leasing.LeaseMessages.Queue;
import dev.orderly.storage.Tx;
import dev.orderly.testing.Engine;
import dev.orderly.testing.TestDatabase;
import dev.orderly.testing.TestType;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Searches that begin where the last one found something. */
class CandidateSearchTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  private static Engine engine;

  private final AtomicLong nanos = new AtomicLong();
  private final QueueHeads heads = new QueueHeads(nanos::get);
  private final CandidateSearch search =
      new CandidateSearch(new KnownTypes(db.vertx(), engine.registry()), heads);
  private String type;
  private List<UUID> items;

  @BeforeAll
  static void start() {
    engine = new Engine(db);
  }

  /** Six queued items, of which the first four were found two by two and are gone. */
  @BeforeEach
  void queue(TestInfo test) {
    type = "search-" + test.getTestMethod().orElseThrow().getName().toLowerCase(Locale.ROOT);
    engine.type(new TestType(type));
    var order = engine.propose(type, 6);
    db.execute("update work_items set rank = position where order_id = $1", order);
    items = engine.items(order);
    assertThat(find(2)).containsExactly(items.get(0), items.get(1));
    gone(true, 0, 1);
    assertThat(find(2)).containsExactly(items.get(2), items.get(3));
    gone(true, 2, 3);
  }

  private void gone(boolean gone, int... positions) {
    for (int position : positions) {
      db.execute("update work_items set held = $2 where id = $1", items.get(position), gone);
    }
  }

  private List<UUID> find(int wanted) {
    return find(wanted, 0);
  }

  private List<UUID> find(int wanted, int minPriority) {
    var filter = filter(minPriority);
    return TestDatabase.await(
        new Tx(db.pool())
            .async(connection -> search.find(connection, Map.of(filter, wanted)))
            .map(found -> found.get(filter).items().stream().map(Candidate::id).toList()));
  }

  private ClaimFilter filter(int minPriority) {
    return new ClaimFilter(Engine.TENANT, List.of(type), null, minPriority);
  }

  @Test
  void doesNotPassOverWhatWasGivenBefore() {
    gone(false, 0);

    assertThat(find(1)).containsExactly(items.get(4));
  }

  @Test
  void seesWhatCameToTheHeadAfterAMoment() {
    gone(false, 0);

    nanos.addAndGet(Duration.ofMillis(251).toNanos());

    assertThat(find(1)).containsExactly(items.get(0));
  }

  @Test
  void seesWhatCameToTheHeadOnceThereIsAHint() {
    gone(false, 0);

    heads.forget(new Queue(Engine.TENANT, type));

    assertThat(find(1)).containsExactly(items.get(0));
  }

  @Test
  void looksAtAllOfTheQueueBeforeItFindsTooLittle() {
    gone(false, 0);

    assertThat(find(3)).containsExactly(items.get(0), items.get(4), items.get(5));
  }

  @Test
  void looksAtAllOfTheQueueForOthersWhoAskForOtherPriorities() {
    db.execute("update work_items set priority = 7 where id = $1", items.get(0));
    gone(false, 0);

    assertThat(find(1, 5)).containsExactly(items.get(0));
  }

  @Test
  void aGuessIsNotMadeLongerByThoseWhoGoByIt() {
    nanos.addAndGet(Duration.ofMillis(200).toNanos());
    assertThat(find(1)).containsExactly(items.get(4));
    gone(false, 0);

    nanos.addAndGet(Duration.ofMillis(51).toNanos());

    assertThat(find(1)).containsExactly(items.get(0));
  }

  @Test
  void aSearchThatBeganEarlierDoesNotUndoWhatALaterOneFound() {
    var line = SearchLine.of(Map.of(filter(0), 1)).getFirst();
    long from = heads.of(line);
    heads.forget(new Queue(Engine.TENANT, type));
    heads.found(line, QueueHeads.BEGINNING, 1);

    heads.found(line, from, 4);

    assertThat(heads.of(line)).isEqualTo(1);
  }
}
