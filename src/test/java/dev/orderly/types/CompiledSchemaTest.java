package dev.orderly.types;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;

class CompiledSchemaTest {

  @Test
  void schemaThatNeverEndsIsTheTypesFailure() {
    var circle = "{\"$ref\":\"#/$defs/a\",\"$defs\":{\"a\":{\"$ref\":\"#/$defs/a\"}}}";
    var schema = CompiledSchema.compile("payload of x", new JsonObject(circle));

    assertThatThrownBy(() -> schema.validate(new JsonObject()))
        .isInstanceOf(TypeFailure.class)
        .hasMessageStartingWith("payload of x: ")
        .hasMessageContaining("recurses too deeply");
  }
}
