package dev.orderly.types.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.orderly.domain.Violation;
import dev.orderly.testing.TypeTexts;
import dev.orderly.types.ApplySpec;
import dev.orderly.types.Diff;
import dev.orderly.types.ItemPlan;
import dev.orderly.types.ItemView;
import dev.orderly.types.OrderView;
import dev.orderly.types.Part;
import dev.orderly.types.PartsSpec;
import dev.orderly.types.PartsSpec.Key;
import dev.orderly.types.TypeFailure;
import dev.orderly.types.TypeSettings;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;

class AbstractOrderTypeTest {
  private final OrderView order = TypeTexts.order("java.type", new JsonObject().put("n", 3));
  private final ItemView item =
      TypeTexts.item(new ItemPlan(null, null, new JsonObject(), null), null);

  /** Only what a type must give. */
  private static class Least extends AbstractOrderType {
    @Override
    public String name() {
      return "java.type";
    }

    @Override
    public JsonObject schema() {
      return new JsonObject("{\"type\":\"object\",\"required\":[\"n\"]}");
    }

    @Override
    public JsonObject resultSchema() {
      return new JsonObject("{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"}}}");
    }

    @Override
    public Diff apply(Context context) {
      return makeDiff(new JsonObject(), context.order().payload(), null);
    }
  }

  @Test
  void leastTypeHasDefaults() {
    var type = new Least();

    assertThat(type.version()).isEqualTo("1");
    assertThat(type.title()).isEqualTo("java.type");
    assertThat(type.description()).isEmpty();
    assertThat(type.settings()).isEqualTo(TypeSettings.DEFAULT);
    assertThat(type.payloadSchema()).isEqualTo(type.schema());
    assertThat(type.plan(order)).containsExactly(new ItemPlan(null, null, order.payload(), null));
    assertThat(type.canApprove(order, List.of(item))).isEmpty();
    assertThat(type.apply()).isEqualTo(new ApplySpec.Java(type));
  }

  @Test
  void payloadAndResultMustMeetTheirSchemas() {
    var type = new Least();

    assertThat(type.validatePayload(new JsonObject()))
        .extracting(Violation::code)
        .containsExactly("schema.required");
    assertThat(type.validateSubmission(order, item, new JsonObject().put("n", "x")))
        .extracting(Violation::pointer)
        .containsExactly("/n");
    assertThat(type.validateSubmission(order, item, new JsonObject().put("n", 1))).isEmpty();
  }

  @Test
  void hookSeesOnlyResultsThatMeetTheSchema() {
    var odd = new Violation("/n", "odd", "n must be even");
    var type =
        new Least() {
          @Override
          protected List<Violation> afterValidateSubmission(
              OrderView order, ItemView item, JsonObject result) {
            return result.getInteger("n") % 2 == 0 ? List.of() : List.of(odd);
          }
        };

    assertThat(type.validateSubmission(order, item, new JsonObject().put("n", 3)))
        .containsExactly(odd);
    assertThat(type.validateSubmission(order, item, new JsonObject().put("n", 2))).isEmpty();
    assertThat(type.validateSubmission(order, item, new JsonObject().put("n", "x")))
        .extracting(Violation::code)
        .containsExactly("schema.type");
    assertThat(type.validateAssembled(order, item, new JsonObject().put("n", 3)))
        .containsExactly(odd);
  }

  @Test
  void partsAreAssembledByTheirKeys() {
    var type = new Least();
    var first = new Part("a", 0, new JsonObject().put("v", 1));
    var later = new Part("a", 1, new JsonObject().put("v", 2));
    var other = new Part("b", 0, new JsonObject());

    assertThat(type.requiredParts(order, item)).isEmpty();
    assertThat(type.validatePart(order, item, first)).isEmpty();
    assertThat(type.assemble(order, item, List.of(first, later, other)))
        .isEqualTo(
            new JsonObject().put("a", new JsonObject().put("v", 2)).put("b", new JsonObject()));
  }

  @Test
  void partsAreHeldAgainstTheirKeysSchemasAndRequiredAsTheySay() {
    var type =
        new Least() {
          private final PartsSpec parts =
              PartsSpec.of(
                  this,
                  Key.of("n").asRequired(),
                  Key.of("rows").chunks().schema(new JsonObject("{\"required\":[\"id\"]}")),
                  Key.matching("x[0-9]"));

          @Override
          public PartsSpec parts() {
            return parts;
          }
        };
    var row = new JsonObject().put("id", 1);

    assertThat(type.requiredParts(order, item)).containsExactly("n");
    assertThat(type.validatePart(order, item, new Part("rows", 0, new JsonObject())))
        .extracting(Violation::code)
        .containsExactly("schema.required");
    assertThat(type.validatePart(order, item, new Part("rows", 0, row))).isEmpty();
    assertThat(type.validatePart(order, item, new Part("x1", 0, new JsonObject()))).isEmpty();
    assertThat(
            type.assemble(
                order,
                item,
                List.of(
                    new Part("rows", 0, row), new Part("rows", 1, row), new Part("x1", 4, row))))
        .isEqualTo(new JsonObject().put("rows", new JsonArray().add(row).add(row)).put("x1", row));
    assertThat(type.parts().find("x12")).isEmpty();
    assertThatThrownBy(() -> Key.matching("x").asRequired())
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void schemaThatIsNoneIsTheTypesFailure() {
    var type =
        new Least() {
          @Override
          public JsonObject schema() {
            return new JsonObject().put("required", new JsonArray().add(1));
          }
        };

    assertThatThrownBy(() -> type.validatePayload(new JsonObject()))
        .isInstanceOf(TypeFailure.class)
        .hasMessageStartingWith("type java.type: payload schema/required/0: ");
  }

  @Test
  void emptyDiffHasNoChanges() {
    assertThat(AbstractOrderType.emptyDiff("Nothing to do").toJson().encode())
        .isEqualTo("{\"before\":{},\"after\":{},\"changes\":[],\"summary\":\"Nothing to do\"}");
  }
}
