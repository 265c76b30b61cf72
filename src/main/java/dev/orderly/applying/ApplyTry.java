package dev.orderly.applying;

import dev.orderly.applying.claim.ApplyFailed;
import dev.orderly.applying.claim.ApplyFailures;
import dev.orderly.applying.claim.Claim;
import dev.orderly.applying.claim.ClaimLost;
import dev.orderly.applying.claim.ClaimOrders;
import dev.orderly.applying.code.JavaApplier;
import dev.orderly.applying.followup.AfterApply;
import dev.orderly.applying.item.ItemsApplier;
import dev.orderly.applying.sql.ForeignSqlApplier;
import dev.orderly.applying.sql.SqlApplier;
import dev.orderly.applying.sql.SqlSetup;
import dev.orderly.applying.webhook.WebhookApplier;
import dev.orderly.bus.Bus;
import dev.orderly.domain.OrderState;
import dev.orderly.lifecycle.OrderDependencies;
import dev.orderly.lifecycle.OrderHints;
import dev.orderly.lifecycle.OrderHints.OrderHint;
import dev.orderly.types.ApplySpec;
import dev.orderly.types.OrderType;
import dev.orderly.types.TypeRegistry;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One try at an order's change, from its claim to what is recorded of it. */
final class ApplyTry {
  private static final Logger LOG = LoggerFactory.getLogger(ApplyTry.class);

  /** How often a claim is extended in its life. */
  private static final int EXTENSIONS = 3;

  /** One applier for each kind of spec. */
  record Appliers(
      NoneApplier none,
      SqlApplier sql,
      ForeignSqlApplier foreign,
      WebhookApplier webhook,
      JavaApplier java,
      ItemsApplier items) {}

  private final Vertx vertx;
  private final Bus bus;
  private final Pool pool;
  private final TypeRegistry types;
  private final ClaimOrders claims;
  private final Appliers appliers;
  private final AfterApply afterApply;
  private final ApplyFailures failures;
  private final Duration lease;

  ApplyTry(
      Vertx vertx,
      Bus bus,
      Pool pool,
      TypeRegistry types,
      ClaimOrders claims,
      Appliers appliers,
      AfterApply afterApply,
      ApplyFailures failures,
      Duration lease) {
    this.vertx = vertx;
    this.bus = bus;
    this.pool = pool;
    this.types = types;
    this.claims = claims;
    this.appliers = appliers;
    this.afterApply = afterApply;
    this.failures = failures;
    this.lease = lease;
  }

  /** On a virtual-thread context. If even its failure cannot be recorded, the claim lapses. */
  Void run(Claim claim) {
    long extension =
        vertx.setPeriodic(
            Math.max(1, lease.toMillis() / EXTENSIONS),
            third ->
                claims
                    .extend(claim)
                    .onFailure(
                        e ->
                            LOG.atWarn()
                                .addKeyValue("order", claim.orderId())
                                .log("An apply claim was not extended: {}", e.getMessage())));
    try {
      if (settle(claim)) {
        bus.publish(OrderHints.SETTLED, new OrderHint(claim.orderId()));
        announceDependents(claim);
      }
    } catch (ClaimLost e) {
      LOG.atWarn().log("An apply try ended without effect: {}", e.getMessage());
    } catch (Throwable e) {
      // Awaiting throws a future's own failure, whatever it is.
      LOG.atError()
          .addKeyValue("order", claim.orderId())
          .setCause(e)
          .log("The end of an apply try was not recorded; the order is taken up again later");
    } finally {
      vertx.cancelTimer(extension);
    }
    return null;
  }

  /** A hint that is lost makes agents look for work a little later. */
  private void announceDependents(Claim claim) {
    OrderDependencies.announce(bus, pool, claim.orderId())
        .onFailure(
            e ->
                LOG.atWarn()
                    .addKeyValue("order", claim.orderId())
                    .log("Agents were not told what depends on this order: {}", e.getMessage()));
  }

  /** True if the order is settled. */
  private boolean settle(Claim claim) {
    if (claim.isExhausted() && claim.state() == OrderState.APPROVED) {
      return failures.record(claim, lost(claim));
    }
    Claim at = claim;
    try {
      var type = type(claim);
      at = at.followed(AfterApply.follows(type));
      if (at.state() == OrderState.APPROVED) {
        change(at, type);
        if (!at.followed()) {
          return at.itemId() == null;
        }
        at = at.afterChange();
      }
      return afterApply.run(at, type);
    } catch (ClaimLost e) {
      throw e;
    } catch (Throwable e) {
      // An Error too: a try that is not recorded would be made again and again.
      return failures.record(at, e);
    }
  }

  /** Whoever made the last try cannot tell any more how it ended. */
  private static ApplyFailed lost(Claim claim) {
    return ApplyFailed.forGood(
        "Earlier tries were lost with the nodes that made them, and all %d are used up"
            .formatted(claim.maxAttempts()));
  }

  private void change(Claim claim, OrderType type) {
    if (claim.byItem()) {
      appliers.items().collect(claim);
      return;
    }
    switch (type.apply()) {
      case ApplySpec.None none -> appliers.none().apply(claim, none);
      case ApplySpec.Sql sql when sql.datasource().equals(SqlSetup.OWN) ->
          appliers.sql().apply(claim, sql);
      case ApplySpec.Sql sql -> appliers.foreign().apply(claim, sql);
      case ApplySpec.Webhook webhook -> appliers.webhook().apply(claim, webhook);
      case ApplySpec.Java java -> appliers.java().apply(claim, java.code());
    }
  }

  /** A version that is not in memory may be read from the database by blocking code. */
  private OrderType type(Claim claim) {
    return vertx
        .executeBlocking(() -> types.version(claim.type(), claim.typeVersion()), false)
        .await()
        .orElseThrow(
            () ->
                ApplyFailed.forNow(
                    "Order type %s, version %s, is not installed on this node"
                        .formatted(claim.type(), claim.typeVersion()),
                    Duration.ZERO));
  }
}
