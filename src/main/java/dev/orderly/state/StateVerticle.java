package dev.orderly.state;

import dev.orderly.bus.Address;
import dev.orderly.bus.Bus;
import dev.orderly.bus.Served;
import dev.orderly.bus.Tasks;
import dev.orderly.idempotency.IdempotencyStore;
import dev.orderly.leasing.HandedOut;
import dev.orderly.leasing.HeldItem;
import dev.orderly.leasing.KnownTypes;
import dev.orderly.leasing.LeaseGuard;
import dev.orderly.leasing.LeaseTokens;
import dev.orderly.lifecycle.FollowUps;
import dev.orderly.lifecycle.OrderHints;
import dev.orderly.state.parts.PartMessages;
import dev.orderly.state.parts.Parts;
import dev.orderly.state.propose.ProposeNextOrder;
import dev.orderly.state.propose.ProposeOrder;
import dev.orderly.state.queries.ListComments;
import dev.orderly.state.queries.ListOrders;
import dev.orderly.state.queries.ListParts;
import dev.orderly.state.queries.Logs;
import dev.orderly.state.queries.ShowItem;
import dev.orderly.state.queries.ShowOrder;
import dev.orderly.state.queries.TypeQueries;
import dev.orderly.state.review.ReviewMessages;
import dev.orderly.state.review.ReviewService;
import dev.orderly.state.submit.QuickCheck;
import dev.orderly.state.submit.RestAmongNodes;
import dev.orderly.state.submit.SubmissionCheck;
import dev.orderly.state.submit.SubmitInbox;
import dev.orderly.state.submit.SubmitItems;
import dev.orderly.types.TypeRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.sqlclient.Pool;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serves the commands on orders and items. For a virtual-thread context. */
public final class StateVerticle extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(StateVerticle.class);

  /**
   * @param submitBatchMax how many results one transaction takes at most
   * @param submitParallelMax how many such transactions there are at once
   * @param inboxMax how many messages of a kind may wait or be under way
   * @param keepHours how long answers to keyed requests are replayed
   * @param sweepMillis how often submitted orders are looked for whose approval is automatic
   * @param parts what no type's limits for parts go beyond
   */
  public record Settings(
      int submitBatchMax,
      int submitParallelMax,
      int inboxMax,
      int keepHours,
      long sweepMillis,
      PartLimits parts) {
    /** With the usual limits for parts. */
    public Settings(
        int submitBatchMax, int submitParallelMax, int inboxMax, int keepHours, long sweepMillis) {
      this(submitBatchMax, submitParallelMax, inboxMax, keepHours, sweepMillis, PartLimits.USUAL);
    }
  }

  private final Settings settings;
  private final Bus bus;
  private final Pool pool;
  private final Pool queries;
  private final TypeRegistry types;
  private final LeaseTokens tokens;
  private final HandedOut handedOut;
  private final SettledOrders settled;
  private final BooleanSupplier alone;
  private final InstantSource clock;
  private final List<Served> consumers = new ArrayList<>();

  /**
   * @param pool for commands
   * @param queries for lists and the like
   * @param handedOut where the node remembers what its agents got
   * @param alone whether there is no other node now
   */
  public StateVerticle(
      Settings settings,
      Bus bus,
      Pool pool,
      Pool queries,
      TypeRegistry types,
      LeaseTokens tokens,
      HandedOut handedOut,
      SettledOrders settled,
      BooleanSupplier alone,
      InstantSource clock) {
    this.settled = settled;
    this.settings = settings;
    this.bus = bus;
    this.pool = pool;
    this.queries = queries;
    this.types = types;
    this.tokens = tokens;
    this.handedOut = handedOut;
    this.alone = alone;
    this.clock = clock;
  }

  @Override
  public Future<?> start() {
    var commands = new Commands(pool, new IdempotencyStore(settings.keepHours()));
    var guard = new LeaseGuard(tokens);
    var hooks = new Hooks(context, Hooks.LIMIT);
    var known = new KnownTypes(vertx, types);
    settled.listen(bus);
    var propose = new ProposeOrder(commands, types, hooks, bus, clock);
    var review = new ReviewService(commands, known, hooks, bus, settled);
    var cancel = new CancelOrder(commands, bus);
    var retry = new RetryFailed(commands, bus);
    serve(StateMessages.PROPOSE, propose::run);
    serve(FollowUps.PROPOSE, new ProposeNextOrder(commands, propose)::run);
    serve(StateMessages.APPROVE, review::approve);
    serve(StateMessages.REJECT, review::reject);
    serve(ReviewMessages.APPROVE_ITEM, review::approveItem);
    serve(ReviewMessages.REJECT_ITEM, review::rejectItem);
    serve(ReviewMessages.ADD_COMMENT, review::comment);
    serve(ReviewMessages.LIST_COMMENTS, new ListComments(queries)::run);
    serve(StateMessages.CANCEL, cancel::run);
    serve(StateMessages.REVERT, new RevertOrder(commands, known, bus)::run);
    serve(StateMessages.RETRY_ORDER, retry::order);
    serve(StateMessages.RETRY_ITEM, retry::item);
    var typeQueries = new TypeQueries(types);
    serve(StateMessages.LIST_TYPES, typeQueries::list);
    serve(StateMessages.SHOW_TYPE, typeQueries::show);
    serve(StateMessages.LIST_ORDERS, new ListOrders(queries)::run);
    serve(StateMessages.SHOW_ORDER, new ShowOrder(queries)::run);
    serve(StateMessages.SHOW_ITEM, new ShowItem(queries)::run);
    serve(StateMessages.LOGS, new Logs(queries)::run);
    approveAutomatically(review, new AutoAcceptance(commands, known, hooks, bus));
    var submits =
        new SubmitItems(
            commands,
            guard,
            new SubmissionCheck(commands, guard, known, hooks),
            bus,
            this::isAcceptedAlone);
    var parts = new Parts(commands, guard, known, settings.parts(), hooks, submits);
    serve(PartMessages.SUBMIT_PART, parts::submit);
    serve(PartMessages.FINALIZE, parts::finish);
    serve(PartMessages.LIST_PARTS, new ListParts(queries)::run);
    return vertx.deployVerticle(
        new SubmitInbox(
            bus,
            settings.submitBatchMax(),
            settings.submitParallelMax(),
            settings.inboxMax(),
            new QuickCheck(handedOut, guard, known)::check,
            batch -> Tasks.run(context, () -> submits.check(batch)),
            submits::write,
            new RestAmongNodes(vertx, alone)));
  }

  @Override
  public Future<?> stop() {
    consumers.forEach(Served::unregister);
    return Future.succeededFuture();
  }

  private <Q, R> void serve(Address<Q, R> address, Function<Q, R> handler) {
    consumers.add(bus.serveBlocking(address, settings.inboxMax(), handler));
  }

  private boolean isAcceptedAlone(HeldItem item) {
    var type = types.current(item.orderType()).orElse(null);
    return type != null && type.applyExtras().perItem() && type.settings().autoApprove();
  }

  private void approveAutomatically(ReviewService approval, AutoAcceptance acceptance) {
    consumers.add(
        bus.listen(
            OrderHints.ITEM_SUBMITTED,
            hint -> background(() -> acceptance.consider(Objects.requireNonNull(hint.orderId())))));
    consumers.add(
        bus.listen(
            OrderHints.SUBMITTED,
            hint -> background(() -> approval.consider(Objects.requireNonNull(hint.orderId())))));
    vertx.setPeriodic(
        settings.sweepMillis(),
        timer -> {
          background(approval::sweep);
          background(acceptance::sweep);
        });
  }

  private void background(Runnable work) {
    Tasks.run(
            context,
            () -> {
              work.run();
              return null;
            })
        .onFailure(
            failure -> LOG.warn("Auto-approval will be tried again: {}", failure.getMessage()));
  }
}
