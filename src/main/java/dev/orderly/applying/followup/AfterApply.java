package dev.orderly.applying.followup;

import dev.orderly.applying.claim.ApplyFailed;
import dev.orderly.applying.claim.ApplyFailures;
import dev.orderly.applying.claim.ApplyStore;
import dev.orderly.applying.claim.ApplyStore.Applied;
import dev.orderly.applying.claim.Claim;
import dev.orderly.applying.claim.ClaimLost;
import dev.orderly.applying.code.JavaApplier;
import dev.orderly.applying.sql.HookSql;
import dev.orderly.applying.webhook.WebhookApplier;
import dev.orderly.audit.Event;
import dev.orderly.bus.Bus;
import dev.orderly.domain.Actor;
import dev.orderly.domain.EventType;
import dev.orderly.storage.Tx;
import dev.orderly.types.ApplyExtras.Hook;
import dev.orderly.types.ApplySpec;
import dev.orderly.types.OrderType;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlConnection;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Runs what follows an order's change, step by step: the type's code, its hooks, its follow-up
 * orders. A step that is over is marked and not run again; one that fails has the tries of an
 * apply, and then the next one's turn comes: nothing of it undoes the change. After the last the
 * order is completed.
 */
public final class AfterApply {
  private static final Actor ACTOR = Actor.system("apply");

  private final Tx tx;
  private final ApplyFailures failures;
  private final JavaApplier java;
  private final WebhookApplier webhooks;
  private final HookSql statements;
  private final NextOrders nextOrders;

  public AfterApply(
      Tx tx,
      Bus bus,
      ApplyFailures failures,
      JavaApplier java,
      WebhookApplier webhooks,
      HookSql statements) {
    this.tx = tx;
    this.failures = failures;
    this.java = java;
    this.webhooks = webhooks;
    this.statements = statements;
    this.nextOrders = new NextOrders(bus, java);
  }

  private sealed interface Step {
    record Code(ApplySpec.Java java) implements Step {}

    record Declared(Hook hook) implements Step {}

    record Propose() implements Step {}
  }

  /** True if an order of the type stays applied until something else is done. */
  public static boolean follows(OrderType type) {
    return !steps(type).isEmpty();
  }

  private static List<Step> steps(OrderType type) {
    var steps = new ArrayList<Step>();
    if (type.apply() instanceof ApplySpec.Java code) {
      steps.add(new Step.Code(code));
    }
    type.applyExtras().hooks().forEach(hook -> steps.add(new Step.Declared(hook)));
    if (type.apply() instanceof ApplySpec.Java || type.applyExtras().followUps() != null) {
      steps.add(new Step.Propose());
    }
    return steps;
  }

  /**
   * Runs the steps that are left.
   *
   * @param claim of an order whose change was made
   * @return true if the order is completed, false if a step is to be tried again later
   * @throws ClaimLost if the claim does not hold the order any more
   */
  public boolean run(Claim claim, OrderType type) {
    var steps = steps(type);
    var begun = tx.run(connection -> Begun.of(connection, claim));
    var applied = begun.applied();
    int next = begun.next();
    var at = claim;
    for (int position = next; position < steps.size(); position++) {
      var turn = new Turn(at, type, applied, steps.get(position), position, steps.size());
      if (!take(turn)) {
        return false;
      }
      at = at.afterChange();
    }
    if (next >= steps.size()) {
      // The type's code declares fewer steps than when this began.
      tx.run(
          connection -> {
            ApplyStore.completeApplied(connection, claim, List.of());
            return null;
          });
    }
    return true;
  }

  /** How far it came before this try. */
  private record Begun(Applied applied, int next) {
    static Begun of(SqlConnection connection, Claim claim) {
      return new Begun(
          ApplyStore.loadApplied(connection, claim), FollowStore.next(connection, claim));
    }
  }

  /** One step and what it needs. */
  private record Turn(
      Claim claim, OrderType type, Applied applied, Step step, int position, int steps) {

    boolean isLast() {
      return position == steps - 1;
    }

    JsonObject document() {
      return applied.approved().document().put("diff", applied.diff().toJson());
    }

    /** What the trail says of the step. */
    JsonObject told() {
      return switch (step) {
        case Step.Code _ -> new JsonObject();
        case Step.Declared(Hook hook) ->
            new JsonObject().put("hook", position).put("kind", hook.kind());
        case Step.Propose _ -> new JsonObject().put("kind", "follow_up");
      };
    }

    Event event(EventType event, JsonObject payload) {
      return Event.of(claim.tenant(), claim.orderId(), null, event, ACTOR).payload(payload);
    }
  }

  /** True if the step is over, done or not. */
  private boolean take(Turn turn) {
    try {
      if (turn.claim().isExhausted()) {
        throw ApplyFailed.forGood("Earlier tries were lost with the nodes that made them");
      }
      perform(turn);
      return true;
    } catch (ClaimLost e) {
      throw e;
    } catch (Throwable e) {
      // An Error too: a try that is not recorded would be made again and again.
      boolean hopeless = !(turn.step() instanceof Step.Code);
      var failed = failures.recordStep(turn.claim(), e, turn.told(), hopeless);
      if (failed == null) {
        return false;
      }
      var type =
          turn.step() instanceof Step.Propose
              ? EventType.FOLLOW_UP_FAILED
              : EventType.AFTER_APPLY_FAILED;
      end(turn, false, List.of(turn.event(type, failed)));
      return true;
    }
  }

  private void perform(Turn turn) {
    var claim = turn.claim();
    switch (turn.step()) {
      case Step.Code(ApplySpec.Java code) -> {
        java.follow(claim, code.code(), turn.applied());
        end(turn, true, List.of());
      }
      case Step.Declared(Hook.Webhook hook) -> {
        var applied = turn.applied();
        var key = claim.orderId() + "-after-" + turn.position();
        webhooks.notify(
            claim, hook.call(), key, turn.position(), applied.approved(), applied.diff());
        end(turn, true, done(turn));
      }
      case Step.Declared(Hook.Sql hook) -> statement(turn, hook);
      case Step.Propose _ ->
          end(turn, true, nextOrders.propose(claim, turn.type(), turn.applied(), turn.document()));
    }
  }

  /** In Orderly's own database the statement and its mark commit together. */
  private void statement(Turn turn, Hook.Sql hook) {
    var claim = turn.claim();
    if (!HookSql.isOwn(hook)) {
      statements.runForeign(claim, key(claim, turn.position()), hook, turn.document());
      end(turn, true, done(turn));
      return;
    }
    tx.run(
        connection -> {
          FollowStore.lock(connection, claim);
          statements.runOwn(connection, hook, turn.document());
          FollowStore.mark(connection, claim, turn.position(), true, turn.isLast(), done(turn));
          return null;
        });
  }

  /** What a step's statement is known by in another database: the same for each try. */
  static UUID key(Claim claim, int position) {
    var name = claim.orderId() + "/after/" + position;
    return UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8));
  }

  private static List<Event> done(Turn turn) {
    var told = turn.told().put("attempt", turn.claim().attempt());
    return List.of(turn.event(EventType.AFTER_APPLY_DONE, told));
  }

  private void end(Turn turn, boolean done, List<Event> events) {
    tx.run(
        connection -> {
          FollowStore.lock(connection, turn.claim());
          FollowStore.mark(connection, turn.claim(), turn.position(), done, turn.isLast(), events);
          return null;
        });
  }
}
