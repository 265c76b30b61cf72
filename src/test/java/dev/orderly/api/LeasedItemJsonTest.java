package dev.orderly.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.leasing.Lease;
import dev.orderly.leasing.LeasedItem;
import dev.orderly.leasing.LeasedParts;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class LeasedItemJsonTest {
  private static final UUID ID = UUID.fromString("0192b3c4-d5e6-7f80-9123-456789abcdef");
  private static final JsonObject SCHEMA = new JsonObject().put("type", "object");
  private static final Lease LEASE =
      new Lease("v1.token", "agent \"7\"", 4, Instant.parse("2026-01-01T12:10:00Z"), 600, 120);
  private static final String PLAIN =
      """
      {"id":"0192b3c4-d5e6-7f80-9123-456789abcdef","order_id":"0192b3c4-d5e6-7f80-9123-456789abcdef",\
      "order_type":"sync","type_version":"1-abc","type":"sync.eu","key":null,"input":{"name":"Zoë"},\
      "result_schema":{"type":"object"},"attempt":2,"max_attempts":3,"priority":7,"errors":[],\
      "last_error":null,"dependencies":[],"lease_expires_at":"2026-01-01T12:10:00Z",\
      "heartbeat_every_seconds":120,"lease":{"token":"v1.token","agent_id":"agent \\"7\\"","fence":4,\
      "expires_at":"2026-01-01T12:10:00Z","heartbeat_every_seconds":120}}""";

  private final LeasedItemJson json = new LeasedItemJson();

  @Test
  void writesOneItemWithoutAList() {
    assertThat(json.answer(List.of(plain(SCHEMA)), false)).hasToString("{\"item\":" + PLAIN + "}");
  }

  @Test
  void writesTheFirstOfSeveralItemsTwice() {
    var items = List.of(plain(SCHEMA), plain(SCHEMA));

    assertThat(json.answer(items, true))
        .hasToString("{\"item\":%s,\"items\":[%s,%s]}".formatted(PLAIN, PLAIN, PLAIN));
    assertThat(json.array(items)).hasToString("[%s,%s]".formatted(PLAIN, PLAIN));
  }

  @Test
  void writesWhatOnlySomeItemsHave() {
    var item =
        new LeasedItem(
            ID,
            ID,
            "sync",
            "1-abc",
            "sync.eu",
            "k",
            new JsonObject(),
            SCHEMA,
            new JsonArray().add("photo"),
            2,
            3,
            7,
            new JsonArray().add("wrong"),
            new JsonArray().add("look again"),
            new JsonObject().put("code", "timeout"),
            new JsonArray().add("other"),
            new LeasedParts(new JsonObject(), new JsonArray().add("a"), new JsonObject()),
            LEASE,
            null);

    var written = new JsonArray(json.array(List.of(item))).getJsonObject(0);

    assertThat(written.getString("key")).isEqualTo("k");
    assertThat(written.getJsonArray("errors")).containsExactly("wrong");
    assertThat(written.getJsonObject("last_error").getString("code")).isEqualTo("timeout");
    assertThat(written.getJsonArray("dependencies")).containsExactly("other");
    assertThat(written.getJsonObject("parts")).isEmpty();
    assertThat(written.getJsonArray("parts_required")).containsExactly("a");
    assertThat(written.getJsonObject("parts_state")).isEmpty();
    assertThat(written.getJsonArray("comments")).containsExactly("look again");
    assertThat(written.getJsonObject("evidence").getJsonArray("required")).containsExactly("photo");
  }

  @Test
  void takesEachItemsOwnSchemaThoughTheVersionIsTheSame() {
    var other = new JsonObject().put("type", "object").put("minProperties", 1);

    var written = new JsonArray(json.array(List.of(plain(SCHEMA), plain(other), plain(SCHEMA))));

    assertThat(written.stream().map(item -> ((JsonObject) item).getJsonObject("result_schema")))
        .containsExactly(SCHEMA, other, SCHEMA);
  }

  private static LeasedItem plain(JsonObject schema) {
    return new LeasedItem(
        ID,
        ID,
        "sync",
        "1-abc",
        "sync.eu",
        null,
        new JsonObject().put("name", "Zoë"),
        schema,
        null,
        2,
        3,
        7,
        null,
        null,
        null,
        null,
        null,
        LEASE,
        null);
  }
}
