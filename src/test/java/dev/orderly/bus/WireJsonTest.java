package dev.orderly.bus;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.auth.AuthMessages;
import dev.orderly.domain.Refusal;
import dev.orderly.leasing.LeaseMessages;
import dev.orderly.lifecycle.ChangePreviews;
import dev.orderly.lifecycle.OrderHints;
import dev.orderly.lifecycle.WorkHints;
import dev.orderly.state.StateMessages;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What any node may be asked by another arrives as it was sent. */
class WireJsonTest {

  static Stream<Class<?>> messages() throws ReflectiveOperationException {
    var found = new LinkedHashSet<Class<?>>();
    found.add(Refusal.class);
    for (var holder :
        List.of(
            LeaseMessages.class,
            StateMessages.class,
            AuthMessages.class,
            ChangePreviews.class,
            OrderHints.class,
            WorkHints.class)) {
      for (var field : holder.getDeclaredFields()) {
        if (Modifier.isStatic(field.getModifiers()) && Modifier.isPublic(field.getModifiers())) {
          add(found, field.get(null));
        }
      }
      for (var method : holder.getDeclaredMethods()) {
        if (method.getReturnType() == Address.class) {
          add(found, method.invoke(null, "node/0"));
        }
      }
    }
    assertThat(found).hasSizeGreaterThan(25);
    return found.stream();
  }

  private static void add(Set<Class<?>> found, Object place) {
    switch (place) {
      case Address<?, ?> address -> found.addAll(List.of(address.request(), address.reply()));
      case Topic<?> topic -> found.add(topic.hint());
      default -> {}
    }
  }

  @ParameterizedTest
  @MethodSource("messages")
  void arrivesAsItWasSent(Class<?> message) throws Exception {
    for (boolean full : new boolean[] {true, false}) {
      var sent = sample(message, full);
      var wire = Buffer.buffer();
      WireJson.write(sent, wire);
      var encoded = WireJson.read(wire, 0);
      assertThat((Object) WireJson.decode(encoded, message))
          .as(new String(encoded.json(), StandardCharsets.UTF_8))
          .isEqualTo(sent);
    }
  }

  /**
   * @param full false to leave out whatever may be null or empty
   */
  private static Object sample(Type type, boolean full) throws ReflectiveOperationException {
    if (type instanceof ParameterizedType generic) {
      var arguments = generic.getActualTypeArguments();
      if (generic.getRawType() == Map.class) {
        return full ? Map.of("name", sample(arguments[1], true)) : Map.of();
      }
      var one = sample(arguments[0], full);
      return generic.getRawType() == Set.class
          ? (full ? Set.of(one) : Set.of())
          : (full ? List.of(one) : List.of());
    }
    return sample((Class<?>) type, full);
  }

  private static Object sample(Class<?> type, boolean full) throws ReflectiveOperationException {
    if (type.isRecord()) {
      var components = type.getRecordComponents();
      var values = new Object[components.length];
      for (int i = 0; i < values.length; i++) {
        var component = components[i];
        boolean given = full || component.getType().isPrimitive() || isCollection(component);
        values[i] = given ? sample(component.getGenericType(), full) : null;
      }
      var constructor =
          type.getDeclaredConstructor(
              Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new));
      constructor.setAccessible(true);
      return constructor.newInstance(values);
    }
    if (type.isEnum()) {
      return type.getEnumConstants()[type.getEnumConstants().length - 1];
    }
    return switch (type.getSimpleName()) {
      case "String" -> "text with \"quotes\" and ümläuts";
      case "UUID" -> UUID.fromString("0198c0de-0000-7000-8000-000000000001");
      case "Instant" -> Instant.parse("2026-01-02T03:04:05.678901Z");
      case "JsonObject" -> new JsonObject().put("deep", new JsonObject().put("n", 1).putNull("no"));
      case "JsonArray" -> new JsonArray().add("x").add(2).add(new JsonObject().put("y", 1.5));
      case "Buffer" -> Buffer.buffer("{\"bytes\": \"as they are\"}");
      case "boolean", "Boolean" -> true;
      case "int", "Integer" -> 7;
      case "long", "Long" -> 1L << 40;
      default -> throw new AssertionError("no sample of " + type);
    };
  }

  private static boolean isCollection(RecordComponent component) {
    return component.getType() == List.class
        || component.getType() == Set.class
        || component.getType() == Map.class;
  }
}
