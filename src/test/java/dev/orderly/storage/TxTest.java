package dev.orderly.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.orderly.bus.Tasks;
import dev.orderly.testing.TestDatabase;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class TxTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase(2);

  private final Tx tx = new Tx(db.pool());

  @BeforeAll
  static void createTable() {
    db.execute("create table things (id int primary key, n int not null)");
  }

  @BeforeEach
  void twoThings() {
    db.execute("truncate things");
    db.execute("insert into things values (1, 0), (2, 0)");
  }

  private static int things() {
    return db.<Long>value("select count(*) from things").intValue();
  }

  private static void insert(SqlConnection connection, int id) {
    connection.query("insert into things values (" + id + ", 0)").execute().await();
  }

  @Test
  void commitsWhatTheWorkDid() {
    var value =
        db.run(
            () ->
                tx.run(
                    connection -> {
                      insert(connection, 3);
                      return "done";
                    }));

    assertThat(value).isEqualTo("done");
    assertThat(things()).isEqualTo(3);
  }

  @Test
  void keepsNothingOfARehearsalButItsValue() {
    var value =
        db.run(
            () ->
                tx.rehearse(
                    connection -> {
                      insert(connection, 3);
                      return things(connection);
                    }));

    assertThat(value).isEqualTo(3);
    assertThat(things()).isEqualTo(2);
  }

  private static int things(SqlConnection connection) {
    return connection.query("select id from things").execute().await().size();
  }

  @Test
  void rollsBackWhateverIsThrownAndGivesTheConnectionBack() {
    for (int i = 0; i < 10; i++) {
      assertThatThrownBy(
              () ->
                  db.run(
                      () ->
                          tx.run(
                              connection -> {
                                insert(connection, 3);
                                throw new IllegalStateException("stop");
                              })))
          .hasMessage("stop");
    }
    assertThat(things()).isEqualTo(2);
  }

  @Test
  void rollsBackAPipelineThatFailsOrThrows() {
    assertThatThrownBy(
            () ->
                TestDatabase.await(
                    tx.async(
                        connection ->
                            connection
                                .query("insert into things values (3, 0)")
                                .execute()
                                .compose(done -> Future.failedFuture("stop")))))
        .hasMessage("stop");
    for (int i = 0; i < 10; i++) {
      assertThatThrownBy(
              () ->
                  TestDatabase.await(
                      tx.async(
                          connection -> {
                            throw new IllegalStateException("stop");
                          })))
          .hasMessage("stop");
    }
    assertThat(things()).isEqualTo(2);
  }

  /** Two transactions lock two rows in opposite orders; the server lets one of them fail. */
  @Test
  void takesTheWorkAgainAfterADeadlock() {
    var runs = new AtomicInteger();
    var first = new CountDownLatch(2);
    var works =
        List.of(List.of(1, 2), List.of(2, 1)).stream()
            .map(
                order ->
                    Tasks.run(
                        db.virtualThreads(),
                        () ->
                            tx.run(
                                connection -> {
                                  runs.incrementAndGet();
                                  raise(connection, order.get(0));
                                  first.countDown();
                                  awaitLatch(first);
                                  raise(connection, order.get(1));
                                  return null;
                                })))
            .toList();
    TestDatabase.await(Future.all(works));

    // One of the two at least; the server may let both fail.
    assertThat(runs.get()).isGreaterThan(2);
    assertThat(db.rows("select n from things order by id"))
        .allSatisfy(row -> assertThat(row.getInteger("n")).isEqualTo(2));
  }

  private static void raise(SqlConnection connection, int id) {
    connection.query("update things set n = n + 1 where id = " + id).execute().await();
  }

  private static void awaitLatch(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
