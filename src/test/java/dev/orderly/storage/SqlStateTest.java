package dev.orderly.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import dev.orderly.testing.TestDatabase;
import io.vertx.core.Promise;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Failures as the real driver and server give them. */
class SqlStateTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  private static Pool pool(PoolOptions options) {
    var address = db.address();
    return PgBuilder.pool()
        .connectingTo(
            new PgConnectOptions()
                .setHost(address.host())
                .setPort(address.port())
                .setDatabase(address.database())
                .setUser(address.user())
                .setPassword(address.password()))
        .with(options)
        .using(db.vertx())
        .build();
  }

  private static void assertUnavailable(Throwable failure) {
    assertThat(failure).isNotNull();
    assertThat(SqlState.explain(failure))
        .as("%s", failure)
        .isInstanceOfSatisfying(
            Rejected.class,
            rejected -> assertThat(rejected.code()).isEqualTo(ErrorCode.UNAVAILABLE));
  }

  private static PgException refusal(String sqlState) {
    return new PgException("x", "ERROR", sqlState, null);
  }

  @Test
  void aPoolWhoseQueueIsFullIsUnavailable() {
    var pool = pool(new PoolOptions().setMaxSize(1).setMaxWaitQueueSize(0));
    var held = TestDatabase.await(pool.getConnection());
    var failure = catchThrowable(() -> TestDatabase.await(pool.getConnection()));
    TestDatabase.await(held.close());

    assertThat(SqlState.isUnavailable(failure)).as("%s", failure).isTrue();
    assertUnavailable(failure);
  }

  @Test
  void aPoolWithoutAFreeConnectionInTimeIsUnavailable() {
    var pool =
        pool(
            new PoolOptions()
                .setMaxSize(1)
                .setConnectionTimeout(1)
                .setConnectionTimeoutUnit(TimeUnit.SECONDS));
    var held = TestDatabase.await(pool.getConnection());
    var failure = catchThrowable(() -> TestDatabase.await(pool.getConnection()));
    TestDatabase.await(held.close());

    assertUnavailable(failure);
  }

  @Test
  void aClosedPoolIsUnavailable() {
    var pool = pool(new PoolOptions().setMaxSize(1));
    TestDatabase.await(pool.query("select 1").execute());
    TestDatabase.await(pool.close());

    var query = catchThrowable(() -> TestDatabase.await(pool.query("select 1").execute()));
    var connection = catchThrowable(() -> TestDatabase.await(pool.getConnection()));

    assertUnavailable(query);
    assertUnavailable(connection);
  }

  @Test
  void aConnectionThatTheServerEndedIsUnavailable() {
    var pool = pool(new PoolOptions().setMaxSize(1));
    var connection = TestDatabase.await(pool.getConnection());
    var gone = Promise.<Throwable>promise();
    connection.exceptionHandler(gone::tryComplete);
    var closed = Promise.<Void>promise();
    connection.closeHandler(closed::tryComplete);
    TestDatabase.await(connection.begin());
    TestDatabase.await(
        connection.query("set local idle_in_transaction_session_timeout = '1ms'").execute());

    assertUnavailable(TestDatabase.await(gone.future()));
    TestDatabase.await(closed.future());
    assertUnavailable(
        catchThrowable(() -> TestDatabase.await(connection.query("select 1").execute())));
  }

  @ParameterizedTest
  @ValueSource(strings = {"08006", "25P03", "53300", "57P01", "58000"})
  void aServerThatTakesNoMoreIsUnavailable(String sqlState) {
    var failure = refusal(sqlState);
    assertThat(SqlState.isUnavailable(failure)).isTrue();
    assertUnavailable(failure);
  }

  /** The statement itself was refused: a batch of many may still pass one by one. */
  @ParameterizedTest
  @ValueSource(strings = {"40001", "40P01"})
  void contentionThatOutlivedEveryTryIsUnavailableToTheCallerOnly(String sqlState) {
    var failure = refusal(sqlState);
    assertThat(SqlState.isUnavailable(failure)).isFalse();
    assertUnavailable(failure);
  }

  @ParameterizedTest
  @ValueSource(strings = {"23505", "25P02", "42601", "P0001"})
  void whatWasRefusedStaysAsItWas(String sqlState) {
    var failure = refusal(sqlState);
    assertThat(SqlState.explain(failure)).isSameAs(failure);
  }
}
