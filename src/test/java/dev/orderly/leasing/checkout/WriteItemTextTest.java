package dev.orderly.leasing.checkout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.leasing.LeaseMessages.Checkout;
import dev.orderly.leasing.checkout.WriteLeases.Leased;
import dev.orderly.leasing.checkout.search.Candidate;
import dev.orderly.leasing.item.Lease;
import dev.orderly.testing.Engine;
import dev.orderly.testing.LeasedItems;
import dev.orderly.testing.StubType;
import dev.orderly.testing.TypeTexts;
import dev.orderly.types.OrderType;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WriteItemTextTest {
  private static final UUID ID = UUID.fromString("0192b3c4-d5e6-7f80-9123-456789abcdef");
  private static final OffsetDateTime NOW = OffsetDateTime.parse("2026-01-01T12:00:00Z");
  private static final Lease LEASE =
      new Lease("v1.token", "agent \"7\"", 4, Instant.parse("2026-01-01T12:10:00Z"), 600, 120);

  private final WriteItemText text = new WriteItemText();
  @TempDir private Path directory;
  private OrderType type;

  @BeforeEach
  void load() {
    type = TypeTexts.type(directory, TypeTexts.LEAST);
  }

  @Test
  void writesWhatAllItemsHave() {
    assertThat(text.of(leased("{\"name\": \"Zoë\"}", type, null), LEASE).item())
        .hasToString(
            """
            {"id":"0192b3c4-d5e6-7f80-9123-456789abcdef",\
            "order_id":"0192b3c4-d5e6-7f80-9123-456789abcdef","order_type":"sync",\
            "type_version":"1-abc","type":"sync.eu","key":null,"input":{"name": "Zoë"},\
            "attempt":2,"max_attempts":3,"priority":7,"errors":[],"last_error":null,\
            "dependencies":[],"lease_expires_at":"2026-01-01T12:10:00Z",\
            "heartbeat_every_seconds":120,"lease":{"token":"v1.token","agent_id":"agent \\"7\\"",\
            "fence":4,"expires_at":"2026-01-01T12:10:00Z","heartbeat_every_seconds":120}}""");
  }

  @Test
  void writesWhatOnlySomeItemsHave() {
    var evident =
        TypeTexts.type(
            directory,
            TypeTexts.LEAST.replace("apply:", "evidence: { required: [{ name: photo }] }\napply:"));
    var item =
        LeasedItems.json(
            text.of(
                new NewLease(
                    leased("{}", evident, new JsonArray().add("other")).lease(),
                    new JsonArray().add("look again"),
                    new LeasedParts(
                        new JsonObject(), new JsonArray().add("a"), new JsonObject().put("b", 1))),
                LEASE));

    assertThat(item.getJsonArray("dependencies")).containsExactly("other");
    assertThat(item.getJsonObject("parts")).isEmpty();
    assertThat(item.getJsonArray("parts_required")).containsExactly("a");
    assertThat(item.getJsonObject("parts_state")).isEqualTo(new JsonObject().put("b", 1));
    assertThat(item.getJsonArray("comments")).containsExactly("look again");
    assertThat(item.getJsonObject("evidence").getJsonArray("required"))
        .extracting(one -> ((JsonObject) one).getString("name"))
        .containsExactly("photo");
  }

  @Test
  void writesWhatBecameOfTheItemBefore() {
    var again =
        new Candidate(
            ID,
            ID,
            "sync",
            "1-abc",
            "sync.eu",
            "k",
            0,
            1,
            null,
            "{}",
            0,
            3,
            0,
            new JsonArray().add("wrong"),
            new JsonObject().put("code", "timeout"),
            3,
            false,
            NOW);
    var item = LeasedItems.json(text.of(leased(again, type, null), LEASE));

    assertThat(item.getString("key")).isEqualTo("k");
    assertThat(item.getJsonArray("errors")).containsExactly("wrong");
    assertThat(item.getJsonObject("last_error").getString("code")).isEqualTo("timeout");
  }

  @Test
  void sharesTheTextOfASchemaThatATypeMakesAnew() {
    var stub = new StubType("sync", null);

    assertThat(text.of(leased("{}", stub, null), LEASE).resultSchema())
        .isSameAs(text.of(leased("{}", stub, null), LEASE).resultSchema());
  }

  @Test
  void takesEachTypesSchemaThoughTheVersionIsTheSame() {
    var other =
        TypeTexts.type(
            directory, TypeTexts.LEAST.replace("schema: {", "schema: { minProperties: 1,"));
    var all = List.of(type, other, type);

    assertThat(all)
        .extracting(t -> text.of(leased("{}", t, null), LEASE).resultSchema())
        .containsExactlyElementsOf(all.stream().map(t -> t.resultSchema().toBuffer()).toList());
    assertThat(other.resultSchema()).isNotEqualTo(type.resultSchema());
  }

  private static NewLease leased(String input, OrderType type, JsonArray dependencies) {
    return leased(
        new Candidate(
            ID, ID, "sync", "1-abc", "sync.eu", null, 7, 1, null, input, 1, 3, 0, null, null, 3,
            false, NOW),
        type,
        dependencies);
  }

  private static NewLease leased(Candidate item, OrderType type, JsonArray dependencies) {
    var checkout = Checkout.now(Engine.caller("agent \"7\""), List.of(), null, null, 1);
    return new NewLease(
        new Leased(new Given(0, checkout, item), type, 4, NOW, null, dependencies), null, null);
  }
}
