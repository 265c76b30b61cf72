package dev.orderly.applying.preview;

import dev.orderly.applying.claim.ApplyFailed;
import dev.orderly.applying.claim.Approved;
import dev.orderly.applying.code.JavaApplier;
import dev.orderly.applying.sql.Rehearsal;
import dev.orderly.applying.webhook.WebhookApplier;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import dev.orderly.types.ApplySpec;
import dev.orderly.types.ApplySpec.Expression;
import dev.orderly.types.Diff;
import dev.orderly.types.Diffs;
import dev.orderly.types.PredictionSpec;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;

/** Computes predictions. Nothing is changed by it. */
public final class Foretell {
  private final Rehearsal rehearsal;
  private final WebhookApplier webhooks;
  private final JavaApplier code;
  private final Duration limit;

  /**
   * @param limit for one prediction
   */
  public Foretell(Rehearsal rehearsal, WebhookApplier webhooks, JavaApplier code, Duration limit) {
    this.rehearsal = rehearsal;
    this.webhooks = webhooks;
    this.code = code;
    this.limit = limit;
  }

  /**
   * @param by which way of foretelling it came from
   */
  record Foretold(Diff diff, String by) {}

  /**
   * @throws Rejected {@code not_predictable}
   * @throws ApplyFailed if the change would fail; {@code TypeFailure} too
   */
  Foretold run(ReviewedChange change, Approved approved) {
    if (change.perItem()) {
      throw notPredictable(
          approved,
          "it is made item by item, each as soon as its item is accepted",
          "Leave out apply.per in the order type");
    }
    var spec = change.prediction();
    if (spec.after() != null) {
      return new Foretold(expressed(spec, approved), "expression");
    }
    return switch (change.apply()) {
      case ApplySpec.Sql sql -> new Foretold(rehearsal.run(sql, approved, limit), "sql");
      case ApplySpec.None none -> new Foretold(AcceptedResults.diff(none, approved), "none");
      case ApplySpec.Java java -> new Foretold(told(approved, java), "java");
      case ApplySpec.Webhook webhook when spec.dryRun() ->
          new Foretold(webhooks.dryRun(approved, webhook, shorter(webhook.timeout())), "webhook");
      case ApplySpec.Webhook _ ->
          throw notPredictable(
              approved,
              "its webhook takes no dry run",
              "Declare webhook.dry_run: true, or a preview expression, in the order type");
    };
  }

  private Diff told(Approved approved, ApplySpec.Java java) {
    var diff = code.preview(approved, java.code(), limit);
    if (diff == null) {
      throw notPredictable(
          approved, "its code does not foretell it", "Implement preview in the order type's code");
    }
    return diff;
  }

  private static Rejected notPredictable(Approved approved, String why, String declare) {
    var order = approved.order();
    return new Rejected(
            ErrorCode.NOT_PREDICTABLE,
            "Order type %s, version %s, cannot foretell its change: %s"
                .formatted(order.type(), order.typeVersion(), why))
        .next("Review the items' results instead", declare);
  }

  private Duration shorter(Duration other) {
    return other.compareTo(limit) < 0 ? other : limit;
  }

  private static Diff expressed(PredictionSpec spec, Approved approved) {
    var document = approved.document();
    var before = side("before", spec.before(), document);
    document.put("before", before);
    var after = side("after", spec.after(), document);
    document.put("after", after);
    var line = spec.summary() == null ? null : spec.summary().evaluate(document);
    return Diffs.of(before, after, line == null ? null : line.toString());
  }

  private static Object side(String name, Expression expression, JsonObject document) {
    return switch (expression == null ? null : expression.evaluate(document)) {
      case null -> new JsonObject();
      case JsonObject object -> object;
      case JsonArray array -> array;
      case Object other ->
          throw ApplyFailed.forGood(
              "The preview's %s side must be an object or an array, found %s"
                  .formatted(name, Json.encode(other)));
    };
  }
}
