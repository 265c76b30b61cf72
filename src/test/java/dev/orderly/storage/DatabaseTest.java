package dev.orderly.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.testing.TestDatabase;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.util.List;
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
}
