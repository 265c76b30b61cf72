package dev.orderly.state.queries;

import dev.orderly.domain.Rejected;
import dev.orderly.state.StateMessages.Found;
import dev.orderly.state.StateMessages.ListTypes;
import dev.orderly.state.StateMessages.Page;
import dev.orderly.state.StateMessages.ShowType;
import dev.orderly.types.OrderType;
import dev.orderly.types.ReviewPolicy;
import dev.orderly.types.TypeLimits;
import dev.orderly.types.TypeRegistry;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Comparator;
import java.util.Locale;

/** Tells what can be proposed. */
public final class TypeQueries {
  private final TypeRegistry types;

  public TypeQueries(TypeRegistry types) {
    this.types = types;
  }

  public Page list(ListTypes query) {
    var data = new JsonArray();
    types.all().stream()
        .sorted(Comparator.comparing(OrderType::name))
        .forEach(type -> data.add(json(type)));
    return new Page(new JsonObject().put("data", data));
  }

  public Found show(ShowType query) {
    return types
        .current(query.type())
        .map(type -> new Found(new JsonObject().put("type", json(type))))
        .orElseThrow(() -> Rejected.notFound("order type", query.type()));
  }

  private static JsonObject json(OrderType type) {
    var settings = type.settings();
    return new JsonObject()
        .put("type", type.name())
        .put("version", type.version())
        .put("title", type.title())
        .put("description", type.description())
        .put("payload_schema", type.payloadSchema())
        .put("result_schema", type.resultSchema())
        .put("evidence", new JsonObject().put("required", type.evidence().toJson()))
        .put("parts", type.parts() == null ? null : type.parts().toJson())
        .put(
            "settings",
            new JsonObject()
                .put("max_attempts", settings.maxAttempts())
                .put("lease_ttl_seconds", settings.leaseTtlSeconds())
                .put("heartbeat_every_seconds", settings.heartbeatEverySeconds())
                .put("auto_approve", settings.autoApprove())
                .put("apply_per", type.applyExtras().perItem() ? "item" : "order")
                .put("on_item_failure", settings.onItemFailure().name().toLowerCase(Locale.ROOT))
                .put("review", review(type.review()))
                .put("limits", limits(settings.limits()))
                .put("ageing_seconds", settings.ageingSeconds())
                .put("hold_on_difference", type.prediction().holdOnDifference())
                .put("revertible", type.reverting() != null)
                .put("dependencies", dependencies(type)));
  }

  private static JsonObject dependencies(OrderType type) {
    return new JsonObject().put("satisfied_by", type.dependencies().satisfiedBy().wire());
  }

  private static JsonObject review(ReviewPolicy policy) {
    return new JsonObject()
        .put("quorum", policy.quorum())
        .put("four_eyes", policy.fourEyes())
        .put("require_digest", policy.digestRequired())
        .put("escalate_after_seconds", policy.escalateAfterSeconds());
  }

  private static JsonObject limits(TypeLimits limits) {
    return new JsonObject()
        .put("leases", limits.leases())
        .put("leases_per_key", limits.leasesPerKey())
        .put("checkouts_per_second", limits.checkoutsPerSecond())
        .put("fair", limits.fair());
  }
}
