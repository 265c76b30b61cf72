package dev.orderly.testing;

import dev.orderly.types.ItemPlan;
import dev.orderly.types.ItemView;
import dev.orderly.types.OrderView;
import dev.orderly.types.declarative.DeclarativeType;
import dev.orderly.types.declarative.TypeFiles;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** Declarations and views for tests. */
public final class TypeTexts {
  /** The least that a file must hold. */
  public static final String LEAST =
      """
      type: least.type
      payload: { type: object }
      submission:
        schema: { type: object }
      apply:
        none: {}
      """;

  private TypeTexts() {}

  public static DeclarativeType type(Path directory, String text) {
    return TypeFiles.load(List.of(file(directory, "one", text))).getFirst();
  }

  public static Path file(Path directory, String name, String text) {
    try {
      return Files.writeString(directory.resolve(name + ".type.yaml"), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static OrderView order(String type, JsonObject payload) {
    return new OrderView(
        UUID.fromString("0198c0de-0000-7000-8000-000000000001"),
        "default",
        type,
        "1",
        payload,
        new JsonObject(),
        0,
        Instant.EPOCH);
  }

  public static ItemView item(ItemPlan plan, JsonObject result) {
    return new ItemView(UUID.randomUUID(), "a", plan.key(), plan.input(), result);
  }
}
