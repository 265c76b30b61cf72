package dev.orderly.types.expression;

import dev.orderly.types.ApplySpec;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** An expression whose value is wanted as rows: JSONata gives a list of one as its element. */
public record RowsExpression(JsonataExpression expression) implements ApplySpec.Expression {
  @Override
  public Object evaluate(JsonObject input) {
    return switch (expression.evaluate(input)) {
      case null -> new JsonArray();
      case JsonArray rows -> rows;
      case Object lone -> new JsonArray().add(lone);
    };
  }

  @Override
  public String source() {
    return expression.source();
  }
}
