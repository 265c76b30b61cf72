package dev.orderly.testing;

import dev.orderly.domain.Progress.OnItemFailure;
import dev.orderly.domain.Violation;
import dev.orderly.types.ApplyExtras;
import dev.orderly.types.ApplySpec;
import dev.orderly.types.ItemPlan;
import dev.orderly.types.ItemView;
import dev.orderly.types.OrderType;
import dev.orderly.types.OrderView;
import dev.orderly.types.TypeLimits;
import dev.orderly.types.TypeSettings;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/**
 * A type whose payload {@code {items: [input …]}} is its plan; an input may have a {@code queue}, a
 * {@code name} as its key and the names of those {@code after} which it comes. A result must have
 * {@code ok: true}; an order is ready unless a result says {@code ready: false}.
 */
public record TestType(
    String name,
    TypeSettings settings,
    ApplySpec apply,
    CountDownLatch planWhen,
    ApplyExtras applyExtras)
    implements OrderType {

  /** Short leases and no rest, so that tests need not wait. */
  public static final TypeSettings QUICK =
      new TypeSettings(2, 0, 0, 0, 600, 60, false, OnItemFailure.FAIL, 3);

  public TestType(String name) {
    this(name, QUICK, new ApplySpec.None(null), new CountDownLatch(0), ApplyExtras.NONE);
  }

  /** The same type with leases of another length. */
  public TestType leaseSeconds(int seconds) {
    return with(
        new TypeSettings(
            settings.maxAttempts(),
            settings.backoffSeconds(),
            settings.maxBackoffSeconds(),
            settings.jitterSeconds(),
            seconds,
            1,
            settings.autoApprove(),
            settings.onItemFailure(),
            settings.applyMaxAttempts()));
  }

  public TestType autoApproved() {
    return with(
        new TypeSettings(
            settings.maxAttempts(), 0, 0, 0, 600, 60, true, settings.onItemFailure(), 3));
  }

  public TestType continuing() {
    return with(
        new TypeSettings(
            settings.maxAttempts(), 0, 0, 0, 600, 60, false, OnItemFailure.CONTINUE, 3));
  }

  public TestType limited(TypeLimits limits) {
    return with(settings.limited(limits));
  }

  public TestType with(TypeSettings other) {
    return new TestType(name, other, apply, planWhen, applyExtras);
  }

  /** Plans only once the latch is down, and blocks its thread until then. */
  public TestType slowPlan(CountDownLatch when) {
    return new TestType(name, settings, apply, when, applyExtras);
  }

  public TestType with(ApplySpec other) {
    return new TestType(name, settings, other, planWhen, applyExtras);
  }

  public TestType extras(ApplyExtras other) {
    return new TestType(name, settings, apply, planWhen, other);
  }

  @Override
  public String version() {
    return "1";
  }

  @Override
  public String title() {
    return name;
  }

  @Override
  public String description() {
    return "";
  }

  @Override
  public JsonObject payloadSchema() {
    return new JsonObject().put("type", "object");
  }

  @Override
  public JsonObject resultSchema() {
    return new JsonObject().put("type", "object").put("required", new JsonArray().add("ok"));
  }

  @Override
  public List<Violation> validatePayload(JsonObject payload) {
    return payload.getValue("items") instanceof JsonArray
        ? List.of()
        : List.of(new Violation("/items", "schema.required", "is required"));
  }

  @Override
  public List<ItemPlan> plan(OrderView order) {
    try {
      planWhen.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    var plan = new ArrayList<ItemPlan>();
    var items = order.payload().getJsonArray("items");
    for (int i = 0; i < items.size(); i++) {
      var input = items.getJsonObject(i);
      var after = input.getJsonArray("after", new JsonArray()).stream().map(String.class::cast);
      plan.add(
          new ItemPlan(
              input.getString("queue"), input.getString("name"), input, null, after.toList()));
    }
    return plan;
  }

  /** What an input calls its {@code lane}. */
  @Override
  public String limitKey(OrderView order, ItemPlan item) {
    return item.input().getString("lane");
  }

  @Override
  public boolean judgesResultAlone() {
    return true;
  }

  @Override
  public List<Violation> validateSubmission(OrderView order, ItemView item, JsonObject result) {
    return Boolean.TRUE.equals(result.getValue("ok"))
        ? List.of()
        : List.of(new Violation("/ok", "not_ok", "must be true"));
  }

  @Override
  public List<Violation> canApprove(OrderView order, List<ItemView> items) {
    return items.stream().anyMatch(i -> Boolean.FALSE.equals(i.result().getValue("ready")))
        ? List.of(new Violation("", "not_ready", "a result is not ready"))
        : List.of();
  }
}
