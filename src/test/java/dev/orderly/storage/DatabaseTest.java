package dev.orderly.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.orderly.testing.TestDatabase;
import io.vertx.core.Future;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class DatabaseTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  private static final int SIZE = 2;

  private static int one(Pool pool) {
    return TestDatabase.await(pool.query("select 1").execute()).iterator().next().getInteger(0);
  }

  @Test
  void noPoolWaitsForAnother() {
    var sizes = new Database.Sizes(SIZE, SIZE, SIZE, SIZE);
    var database = new Database(db.vertx(), db.address(), sizes, 2);
    var pools =
        List.of(database.commands(), database.queries(), database.leasing(), database.background());

    for (var full : pools) {
      var held = Stream.generate(full::getConnection).limit(SIZE).map(TestDatabase::await).toList();
      for (var other : pools) {
        if (other != full) {
          assertThat(one(other)).isEqualTo(1);
        }
      }
      TestDatabase.await(Future.all(held.stream().map(SqlConnection::close).toList()));
    }
    TestDatabase.await(database.close());
  }

  @Test
  void aNodeThatFreezesInTheMiddleOfATransactionKeepsNothingForLong() {
    var database = new Database(db.vertx(), db.address(), new Database.Sizes(2, 2, 2, 2), 2);
    var holder = TestDatabase.await(database.leasing().getConnection());
    TestDatabase.await(holder.begin());
    TestDatabase.await(holder.query("select pg_advisory_xact_lock(4711)").execute());

    var waiter = database.commands().query("select pg_advisory_lock(4711)").execute();

    assertThat(TestDatabase.await(waiter).size()).isOne();
    TestDatabase.await(database.close());
  }

  /** Passes everything on until it is told to stop; the connections stay open. */
  private static final class Wire {
    private final NetServer server;
    private final List<NetSocket> ends = new CopyOnWriteArrayList<>();

    Wire() {
      server =
          TestDatabase.await(
              db.vertx().createNetServer().connectHandler(this::connect).listen(0, "127.0.0.1"));
    }

    private void connect(NetSocket client) {
      client.pause();
      db.vertx()
          .createNetClient()
          .connect(db.address().port(), db.address().host())
          .onSuccess(
              database -> {
                ends.addAll(List.of(client, database));
                client.handler(database::write);
                database.handler(client::write);
                client.resume();
              });
    }

    DatabaseAddress address() {
      var real = db.address();
      return new DatabaseAddress(
          "127.0.0.1", server.actualPort(), real.database(), real.user(), real.password());
    }

    void swallowEverything() {
      ends.forEach(end -> end.handler(lost -> {}));
    }
  }

  @Test
  void aServerThatIsGoneWithoutAWordHoldsNobodyUpForEver() {
    var wire = new Wire();
    var pool =
        Database.connect(
            db.vertx(), "wire", wire.address(), 1, 5, "public", Map.of(), Database.patience(1));
    assertThat(one(pool)).isEqualTo(1);
    wire.swallowEverything();

    var lost = pool.query("select 1").execute();

    assertThatThrownBy(() -> TestDatabase.await(lost))
        .satisfies(failure -> assertThat(SqlState.isUnavailable(failure)).isTrue());
    assertThat(oneInTheEnd(pool)).as("by a new connection").isEqualTo(1);
    TestDatabase.await(pool.close());
  }

  /** The pool may hand out the old connection once more before it knows. */
  private static int oneInTheEnd(Pool pool) {
    try {
      return one(pool);
    } catch (RuntimeException e) {
      assertThat(SqlState.isUnavailable(e)).isTrue();
      return one(pool);
    }
  }
}
