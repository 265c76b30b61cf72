package dev.orderly.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Provenance;
import dev.orderly.idempotency.Answer;
import dev.orderly.idempotency.IdempotencyKey;
import dev.orderly.leasing.item.LeasedItem;
import dev.orderly.state.StateMessages.Propose;
import dev.orderly.state.StateMessages.ShowItem;
import dev.orderly.state.StateMessages.ShowOrder;
import dev.orderly.state.StateMessages.Submit;
import dev.orderly.testing.Engine;
import dev.orderly.testing.TestDatabase;
import dev.orderly.testing.TestType;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.UUID;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What callers say of themselves is kept with what they did, and only then. */
class ProvenanceTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  private static final Provenance TOLD =
      new Provenance("Sync bot", "1.4.0", "m-1", "jvm", "ab".repeat(32));

  private static Engine engine;

  @BeforeAll
  static void start() {
    engine = new Engine(db);
    engine.type(new TestType("told"));
  }

  private static UUID propose(Provenance provenance, IdempotencyKey key) {
    var payload =
        new JsonObject().put("items", new JsonArray().add(new JsonObject()).add(new JsonObject()));
    return Engine.orderId(
        TestDatabase.await(
            db.bus()
                .call(
                    StateMessages.PROPOSE,
                    new Propose(
                        Engine.caller("planner-1"),
                        "told",
                        payload,
                        new JsonObject(),
                        0,
                        provenance,
                        key))));
  }

  private static Answer submit(LeasedItem item, JsonObject result, IdempotencyKey key) {
    var caller = Engine.caller(item.lease().agentId());
    return TestDatabase.await(
        db.bus()
            .call(
                StateMessages.SUBMIT,
                new Submit(caller, item.id(), Engine.proof(item), result, null, null, TOLD, key)));
  }

  private static JsonArray ofOrder(UUID order) {
    var query = new ShowOrder(Engine.TENANT, order);
    return TestDatabase.await(db.bus().call(StateMessages.SHOW_ORDER, query))
        .body()
        .getJsonObject("order")
        .getJsonArray("provenance");
  }

  private static JsonArray ofItem(UUID item) {
    var query = new ShowItem(Engine.TENANT, item);
    return TestDatabase.await(db.bus().call(StateMessages.SHOW_ITEM, query))
        .body()
        .getJsonObject("item")
        .getJsonArray("provenance");
  }

  @Test
  void keepsWhatProposersAndSubmittersTell() {
    var order = propose(TOLD, null);
    var item = engine.checkout("sync-bot-7", order);
    submit(item, new JsonObject().put("ok", true), null);
    var other = engine.checkout("silent", order);
    engine.submit(other);

    var shown = ofOrder(order);
    assertThat(shown).hasSize(2);
    var submitted = shown.getJsonObject(0);
    assertThat(submitted.getString("created_at")).isNotNull();
    submitted.remove("created_at");
    assertThat(submitted)
        .isEqualTo(
            new JsonObject()
                .put("operation", "submit")
                .put("item_id", item.id().toString())
                .put("agent_id", "sync-bot-7")
                .put("agent_type", "sync-bot")
                .put("agent_name", "Sync bot")
                .put("agent_version", "1.4.0")
                .put("model_name", "m-1")
                .put("runtime", "jvm")
                .put("request_id", "request-1")
                .put("request_fingerprint", "ab".repeat(32)));
    assertThat(shown.getJsonObject(1).getString("operation")).isEqualTo("propose");
    assertThat(shown.getJsonObject(1).getString("agent_id")).isEqualTo("planner-1");
    assertThat(shown.getJsonObject(1).getValue("item_id")).isNull();
    assertThat(ofItem(item.id())).hasSize(1);
    assertThat(ofItem(other.id())).isEmpty();
  }

  @Test
  void keepsNothingOfReplaysRefusalsAndThoseWhoTellNothing() {
    var key = Engine.key("propose", "told", "aa");
    var order = propose(TOLD, key);
    assertThat(propose(TOLD, key)).isEqualTo(order);
    assertThat(ofOrder(order)).hasSize(1);

    var item = engine.checkout("a", order);
    assertThat(Engine.refusal(() -> submit(item, new JsonObject(), null)).code())
        .isEqualTo(ErrorCode.INVALID);
    assertThat(ofItem(item.id())).isEmpty();
    var submitKey = Engine.key("submit:" + item.id(), "told", "bb");
    submit(item, new JsonObject().put("ok", true), submitKey);
    submit(item, new JsonObject().put("ok", true), submitKey);
    assertThat(ofItem(item.id())).hasSize(1);

    assertThat(ofOrder(propose(null, null))).isEmpty();
  }
}
