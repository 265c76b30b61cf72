package dev.orderly.applying;

import dev.orderly.applying.claim.ApplyFailures;
import dev.orderly.applying.claim.ClaimOrders;
import dev.orderly.applying.code.JavaApplier;
import dev.orderly.applying.followup.AfterApply;
import dev.orderly.applying.item.ItemsApplier;
import dev.orderly.applying.sql.ForeignSqlApplier;
import dev.orderly.applying.sql.HookSql;
import dev.orderly.applying.sql.SqlApplier;
import dev.orderly.applying.sql.SqlSetup;
import dev.orderly.applying.webhook.WebhookApplier;
import dev.orderly.applying.webhook.WebhookCall;
import dev.orderly.bus.Bus;
import dev.orderly.bus.Served;
import dev.orderly.lifecycle.OrderHints;
import dev.orderly.storage.Tx;
import dev.orderly.types.TypeRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.sqlclient.Pool;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Applies approved orders. Deploy on virtual threads. */
public final class ApplyVerticle extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(ApplyVerticle.class);
  private static final Duration STOP_LIMIT = Duration.ofSeconds(6);

  /**
   * @param parallelMax how many orders a node applies at a time, all its instances together
   * @param poll how often to look for due orders without a hint
   * @param lease how long a claim outlives the node that holds it
   * @param backoff the rest after the first failed try; doubles with each
   * @param maxBackoff the longest rest
   */
  public record Settings(
      int parallelMax, Duration poll, Duration lease, Duration backoff, Duration maxBackoff) {

    public Settings {
      if (parallelMax < 1 || poll.toMillis() < 1 || lease.toMillis() < 1) {
        throw new IllegalArgumentException("parallel_max, poll and lease must be positive");
      }
      if (backoff.isNegative() || maxBackoff.compareTo(backoff) < 0) {
        throw new IllegalArgumentException("max_backoff must not be less than backoff");
      }
    }
  }

  /**
   * What a node's instances share.
   *
   * @param nodeId under which name orders are claimed
   * @param pool Orderly's own database; each order that is being applied may hold a connection
   * @param datasources other databases by the names that types give
   * @param setup what those of the types that are loaded were prepared with
   * @param secrets webhook signing secrets by the names that types give
   * @param time for webhook timestamps; the database's clock decides everything else
   */
  public record Node(
      String nodeId,
      Bus bus,
      Pool pool,
      TypeRegistry types,
      Map<String, Pool> datasources,
      SqlSetup setup,
      Map<String, String> secrets,
      InstantSource time) {}

  private final Settings settings;
  private final Node node;
  private final Semaphore slots;
  private ApplyLoop loop;
  private WebhookCall webhooks;
  private Served wakes;
  private long poll;

  private ApplyVerticle(Settings settings, Node node, Semaphore slots) {
    this.settings = settings;
    this.node = node;
    this.slots = slots;
  }

  /** For {@code deployVerticle}, whatever the number of instances. */
  public static Supplier<ApplyVerticle> on(Node node, Settings settings) {
    var slots = new Semaphore(settings.parallelMax());
    return () -> new ApplyVerticle(settings, node, slots);
  }

  @Override
  public Future<?> start() {
    var tx = new Tx(node.pool());
    var claims = new ClaimOrders(node.pool(), node.nodeId(), settings.lease());
    webhooks = new WebhookCall(vertx);
    var foreign = new ForeignSqlApplier(tx, node.datasources(), node.setup());
    var webhook = new WebhookApplier(tx, webhooks, node.secrets(), System::getenv, node.time());
    var java = new JavaApplier(tx, context);
    var appliers =
        new ApplyTry.Appliers(
            new NoneApplier(tx), new SqlApplier(tx), foreign, webhook, java, new ItemsApplier(tx));
    var failures =
        new ApplyFailures(
            tx, settings.backoff(), settings.maxBackoff(), RandomGenerator.getDefault());
    var afterApply = new AfterApply(tx, node.bus(), failures, java, webhook, new HookSql(foreign));
    var tries =
        new ApplyTry(
            vertx,
            node.bus(),
            node.pool(),
            node.types(),
            claims,
            appliers,
            afterApply,
            failures,
            settings.lease());
    loop = new ApplyLoop(context, slots, claims, tries);
    wakes = node.bus().listen(OrderHints.APPROVED, wake -> loop.look());
    poll = vertx.setPeriodic(settings.poll().toMillis(), tick -> loop.look());
    loop.look();
    return Future.succeededFuture();
  }

  /** What is still running after the limit keeps its claim until that lapses. */
  @Override
  public Future<?> stop() {
    vertx.cancelTimer(poll);
    return wakes
        .unregister()
        .eventually(() -> loop.stop().timeout(STOP_LIMIT.toMillis(), TimeUnit.MILLISECONDS))
        .recover(
            late -> {
              LOG.warn("Orders are still being applied; another node takes them up");
              return Future.succeededFuture();
            })
        .eventually(webhooks::close);
  }
}
