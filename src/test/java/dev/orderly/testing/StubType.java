package dev.orderly.testing;

import dev.orderly.domain.Violation;
import dev.orderly.types.ApplySpec;
import dev.orderly.types.ItemPlan;
import dev.orderly.types.ItemView;
import dev.orderly.types.OrderType;
import dev.orderly.types.OrderView;
import dev.orderly.types.TypeRegistry;
import dev.orderly.types.TypeSettings;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/** An order type that takes everything; only how it is applied matters. */
public record StubType(String name, ApplySpec apply) implements OrderType {

  /** A registry of such types, each in the version that {@link OrderRows} writes. */
  public static final class Registry implements TypeRegistry {
    private final Map<String, OrderType> types = new ConcurrentHashMap<>();

    public Registry add(OrderType type) {
      types.put(type.name(), type);
      return this;
    }

    @Override
    public Optional<OrderType> current(String name) {
      return Optional.ofNullable(types.get(name));
    }

    @Override
    public Optional<OrderType> version(String name, String version) {
      return current(name);
    }

    @Override
    public List<OrderType> all() {
      return List.copyOf(types.values());
    }
  }

  /** An expression written in Java. */
  public record Computed(Function<JsonObject, Object> function) implements ApplySpec.Expression {
    @Override
    public Object evaluate(JsonObject input) {
      return function.apply(input);
    }

    @Override
    public String source() {
      return "(computed)";
    }
  }

  @Override
  public String version() {
    return OrderRows.VERSION;
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
    return new JsonObject();
  }

  @Override
  public JsonObject resultSchema() {
    return new JsonObject();
  }

  @Override
  public TypeSettings settings() {
    return TypeSettings.DEFAULT;
  }

  @Override
  public List<Violation> validatePayload(JsonObject payload) {
    return List.of();
  }

  @Override
  public List<ItemPlan> plan(OrderView order) {
    return List.of(new ItemPlan(null, null, order.payload(), null));
  }

  @Override
  public List<Violation> validateSubmission(OrderView order, ItemView item, JsonObject result) {
    return List.of();
  }

  @Override
  public List<Violation> canApprove(OrderView order, List<ItemView> items) {
    return List.of();
  }
}
