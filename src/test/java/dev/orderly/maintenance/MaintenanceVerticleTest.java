package dev.orderly.maintenance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.orderly.maintenance.MaintenanceVerticle.Scheduled;
import dev.orderly.storage.Database;
import dev.orderly.testing.TestDatabase;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.ThreadingModel;
import io.vertx.sqlclient.Pool;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(60)
class MaintenanceVerticleTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  private record Counted(String name, LongSupplier work) implements Duty {
    @Override
    public long run() {
      return work.getAsLong();
    }
  }

  private static MaintenanceVerticle deploy(Duration every, Duty... duties) {
    return deploy(db.pool(), every, duties);
  }

  private static MaintenanceVerticle deploy(Pool pool, Duration every, Duty... duties) {
    var verticle =
        new MaintenanceVerticle(
            pool, List.of(duties).stream().map(duty -> new Scheduled(duty, every)).toList());
    TestDatabase.await(
        db.vertx()
            .deployVerticle(
                verticle,
                new DeploymentOptions().setThreadingModel(ThreadingModel.VIRTUAL_THREAD)));
    return verticle;
  }

  /** Runs a duty, once nobody else is at it. */
  private static long run(MaintenanceVerticle verticle, String name) {
    OptionalLong result;
    do {
      result = TestDatabase.await(verticle.runNow(name));
    } while (result.isEmpty());
    return result.getAsLong();
  }

  private static boolean come(CountDownLatch latch) throws InterruptedException {
    return latch.await(TestDatabase.LIMIT.toSeconds(), TimeUnit.SECONDS);
  }

  @Test
  void runsADutyAgainAndAgainEvenIfItFails() throws Exception {
    var runs = new CountDownLatch(3);

    var node =
        deploy(
            Duration.ofMillis(5),
            new Counted(
                "failing",
                () -> {
                  runs.countDown();
                  throw new IllegalStateException("on purpose");
                }));

    assertThat(come(runs)).isTrue();
    TestDatabase.await(db.vertx().undeploy(node.deploymentID()));
  }

  @Test
  void runsADutyOnOneNodeAtATime() throws Exception {
    var began = new CountDownLatch(1);
    var release = new CountDownLatch(1);
    var first =
        new Counted(
            "exclusive",
            () -> {
              began.countDown();
              db.vertx().executeBlocking(() -> come(release)).await();
              return 7;
            });
    var node1 = deploy(Duration.ofHours(1), first);
    assertThat(come(began)).isTrue();
    var ran = new AtomicInteger();
    var second = new Counted("exclusive", ran::incrementAndGet);
    var node2 = deploy(Duration.ofHours(1), second, new Counted("other", () -> 3));

    assertThat(TestDatabase.await(node2.runNow("exclusive"))).isEqualTo(OptionalLong.empty());
    assertThat(run(node2, "other")).isEqualTo(3);
    assertThat(ran).hasValue(0);

    release.countDown();
    run(node2, "exclusive");
    assertThat(ran).hasPositiveValue();
    assertThat(run(node1, "exclusive")).isEqualTo(7);
  }

  @Test
  void freesTheDutyWhenItFails() {
    var node =
        deploy(
            Duration.ofHours(1),
            new Counted(
                "broken",
                () -> {
                  throw new IllegalStateException("on purpose");
                }));
    var other = new OneNode(db.pool());

    assertThatThrownBy(() -> run(node, "broken")).isInstanceOf(IllegalStateException.class);
    OptionalLong result;
    do {
      result = db.run(() -> other.run("broken", () -> 1));
    } while (result.isEmpty());
    assertThat(result).hasValue(1);
  }

  @Test
  void aLongRunOfOneDutyDelaysNoOther() throws Exception {
    var began = new CountDownLatch(1);
    var release = new CountDownLatch(1);
    var sweeps = new CountDownLatch(3);
    var node =
        deploy(
            Duration.ofMillis(5),
            new Counted(
                "long",
                () -> {
                  began.countDown();
                  return db.vertx().executeBlocking(() -> come(release) ? 1L : 0L).await();
                }),
            new Counted(
                "sweep",
                () -> {
                  if (began.getCount() == 0) {
                    sweeps.countDown();
                  }
                  return 0;
                }));

    assertThat(come(sweeps)).isTrue();

    release.countDown();
    TestDatabase.await(db.vertx().undeploy(node.deploymentID()));
  }

  @Test
  void aDutyNeverRunsTwiceAtOnceOnItsOwnNode() {
    var at = new AtomicInteger();
    var most = new AtomicInteger();
    var node =
        deploy(
            Duration.ofHours(1),
            new Counted(
                "alone",
                () -> {
                  most.accumulateAndGet(at.incrementAndGet(), Math::max);
                  db.pool().query("select 1").execute().await();
                  return at.decrementAndGet();
                }));

    TestDatabase.await(
        Future.join(IntStream.range(0, 5).mapToObj(n -> node.runNow("alone")).toList()));

    assertThat(most).hasValue(1);
  }

  @Test
  void otherDutiesGoOnWhenTheConnectionOfTheLocksIsLost() throws Exception {
    var began = new CountDownLatch(1);
    var release = new CountDownLatch(1);
    var pool = Database.connect(db.vertx(), "lost", db.address(), 3, 2, TestDatabase.searchPath());
    var node =
        deploy(
            pool,
            Duration.ofHours(1),
            new Counted(
                "long-2",
                () -> {
                  began.countDown();
                  return db.vertx().executeBlocking(() -> come(release) ? 1L : 0L).await();
                }),
            new Counted("other-2", () -> 3));
    assertThat(come(began)).isTrue();
    assertThat(run(node, "other-2")).isEqualTo(3);
    db.rows(
        "select pg_terminate_backend(pid)::text from pg_locks"
            + " where locktype = 'advisory' and classid = 1685419129 and objid::bigint ="
            + " (hashtext('long-2')::bigint & 4294967295)");

    TestDatabase.await(node.runNow("other-2").otherwiseEmpty());

    assertThat(run(node, "other-2")).isEqualTo(3);
    release.countDown();
    TestDatabase.await(db.vertx().undeploy(node.deploymentID()));
  }

  /** Their locks share one connection; each waits for another to work with. */
  @Test
  void dutiesThatAreDueTogetherNeedTwoConnectionsInAll() {
    var pool = Database.connect(db.vertx(), "tight", db.address(), 2, 2, TestDatabase.searchPath());
    LongSupplier query = () -> pool.query("select 1").execute().await().rowCount();
    var verticle =
        deploy(
            pool,
            Duration.ofHours(1),
            new Counted("tight-1", query),
            new Counted("tight-2", query),
            new Counted("tight-3", query));

    var all = IntStream.range(0, 9).mapToObj(n -> verticle.runNow("tight-" + (n % 3 + 1))).toList();

    TestDatabase.await(Future.join(all));
    assertThat(all).allSatisfy(run -> assertThat(run.result()).hasValue(1));
    TestDatabase.await(db.vertx().undeploy(verticle.deploymentID()));
  }

  @Test
  void refusesTwoDutiesOfOneName() {
    var duty = new Counted("twice", () -> 0);
    assertThatThrownBy(() -> deploy(Duration.ofHours(1), duty, duty))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
