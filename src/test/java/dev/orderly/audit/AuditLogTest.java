package dev.orderly.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.orderly.domain.Actor;
import dev.orderly.domain.EventType;
import dev.orderly.domain.ItemState;
import dev.orderly.storage.Ids;
import dev.orderly.testing.TestDatabase;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AuditLogTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  private static final Actor AGENT = new Actor(Actor.Kind.AGENT, "a-1");

  private final UUID order = Ids.next();

  private static void append(Event... events) {
    append(List.of(events));
  }

  private static void append(List<Event> events) {
    TestDatabase.await(
        db.pool().withTransaction(connection -> AuditLog.append(connection, events)));
  }

  private Event leased(UUID item) {
    return event(order, item, EventType.LEASED);
  }

  private static Event event(UUID order, UUID item, EventType type) {
    return Event.of("t", order, item, type, AGENT);
  }

  private List<JsonObject> trail(UUID order) {
    return db.rows(
        """
        select id, item_id::text, event, actor_type, actor_id, payload, diff, message, request_id
        from work_events where order_id = $1 and tenant = 't' order by id
        """,
        order);
  }

  private long groups(UUID order) {
    return db.<Long>value("select count(*) from event_groups where order_id = $1", order);
  }

  private static List<Object> column(List<JsonObject> trail, String name) {
    return trail.stream().map(row -> row.getValue(name)).toList();
  }

  @Test
  void keepsWhatEachEventOfARowHasOfItsOwn() {
    var items = Stream.generate(Ids::next).limit(3).toList();
    var events = new ArrayList<Event>();
    for (int i = 0; i < items.size(); i++) {
      events.add(
          Event.of(
                  "t",
                  order,
                  items.get(i),
                  EventType.SUBMITTED,
                  new Actor(Actor.Kind.AGENT, "a, \"" + i))
              .payload(
                  new JsonObject()
                      .put("fence", 1)
                      .put("notes", i == 1 ? null : "n" + i)
                      .put("holder", new JsonObject().put("id", "h"))
                      .put("parts", new JsonArray().add(i)))
              .moved(ItemState.LEASED, ItemState.SUBMITTED)
              .request(i == 2 ? null : "r" + i));
    }
    append(events);

    assertThat(groups(order)).isOne();
    var trail = trail(order);
    assertThat(column(trail, "item_id")).isEqualTo(items.stream().map(UUID::toString).toList());
    assertThat(column(trail, "actor_id")).containsExactly("a, \"0", "a, \"1", "a, \"2");
    assertThat(column(trail, "request_id")).containsExactly("r0", "r1", null);
    for (int i = 0; i < items.size(); i++) {
      assertThat(trail.get(i).getJsonObject("payload")).isEqualTo(events.get(i).payload());
      assertThat(trail.get(i).getString("event")).isEqualTo("submitted");
    }
  }

  @Test
  void keepsWhatAllEventsOfARowHaveInCommon() {
    var items = Stream.generate(Ids::next).limit(2).toList();
    append(
        items.stream()
            .map(
                item ->
                    leased(item)
                        .payload(new JsonObject().put("fence", 7))
                        .message("m")
                        .request("r"))
            .toList());

    assertThat(groups(order)).isOne();
    for (var row : trail(order)) {
      assertThat(row.getString("actor_type")).isEqualTo("agent");
      assertThat(row.getString("actor_id")).isEqualTo("a-1");
      assertThat(row.getString("message")).isEqualTo("m");
      assertThat(row.getString("request_id")).isEqualTo("r");
      assertThat(row.getJsonObject("payload")).isEqualTo(new JsonObject().put("fence", 7));
    }
    assertThat(
            db.row(
                "select actor_ids, request_ids, payloads from event_groups where order_id = $1",
                order))
        .isEqualTo(
            new JsonObject().putNull("actor_ids").putNull("request_ids").putNull("payloads"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.0", "18446744073709551617"})
  void keepsEachEventsNumbersToTheLetter(String likeOne) {
    append(
        Stream.of("1", likeOne)
            .map(n -> new JsonObject("{\"evidence\": [{\"n\": %s}]}".formatted(n)))
            .map(payload -> leased(Ids.next()).payload(payload))
            .toList());

    assertThat(groups(order)).isOne();
    assertThat(
            db.rows(
                """
                select payload->'evidence'->0->>'n' as n from work_events where order_id = $1 order by id
                """,
                order))
        .extracting(row -> row.getString("n"))
        .containsExactly("1", likeOne);
  }

  @Test
  void keepsEventsApartThatDifferInMoreThanARowHolds() {
    var item = Ids.next();
    append(
        leased(item).payload(new JsonObject().put("a", 1)),
        leased(item).payload(new JsonObject().put("b", 1)),
        leased(item),
        leased(item).message("m"),
        leased(null),
        leased(null),
        leased(item).diff(new JsonObject().put("d", 1)),
        leased(item).diff(new JsonObject().put("d", 2)),
        Event.of("t", order, item, EventType.LEASED, Actor.system("s")),
        event(order, item, EventType.RELEASED));

    assertThat(groups(order)).isEqualTo(10);
    var trail = trail(order);
    assertThat(column(trail, "diff").subList(6, 8))
        .containsExactly(new JsonObject().put("d", 1), new JsonObject().put("d", 2));
    assertThat(column(trail, "event")).endsWith("released").hasSize(10);
    assertThat(column(trail, "item_id").subList(4, 6)).containsExactly(null, null);
  }

  @Test
  void keepsTheOrderOfEventsOfOneOrder() {
    var a = Ids.next();
    var b = Ids.next();
    var other = Ids.next();
    append(
        leased(a),
        event(other, Ids.next(), EventType.LEASED),
        leased(b),
        event(order, b, EventType.RELEASED),
        event(other, Ids.next(), EventType.LEASED),
        leased(b),
        event(order, a, EventType.RELEASED));

    assertThat(column(trail(order), "event"))
        .containsExactly("leased", "leased", "released", "leased", "released");
    assertThat(column(trail(order), "item_id"))
        .containsExactly(a.toString(), b.toString(), b.toString(), b.toString(), a.toString());
    assertThat(groups(other)).isOne();
  }

  @Test
  void numbersEachEventOnceHoweverManyThereAre() {
    var items = new ArrayList<>(Stream.generate(Ids::next).limit(150).toList());
    Collections.shuffle(items);
    append(items.stream().map(this::leased).toList());
    append(leased(items.getFirst()));

    var trail = trail(order);
    assertThat(column(trail, "item_id"))
        .isEqualTo(
            Stream.concat(items.stream(), Stream.of(items.getFirst()))
                .map(UUID::toString)
                .toList());
    assertThat(column(trail, "id")).doesNotHaveDuplicates();
    assertThat(groups(order)).isEqualTo(4);
    var ends =
        db.row(
            "select min(item_id::text) as low, max(item_to::text) as high from event_groups"
                + " where order_id = $1",
            order);
    assertThat(ends.getString("low")).isEqualTo(Collections.min(items).toString());
    assertThat(ends.getString("high")).isEqualTo(Collections.max(items).toString());
  }

  @Test
  void keepsLargePayloadsApart() {
    var items = Stream.generate(Ids::next).limit(4).toList();
    append(
        IntStream.range(0, 4)
            .mapToObj(
                i ->
                    leased(items.get(i))
                        .payload(new JsonObject().put("notes", ("" + i).repeat(3_000))))
            .toList());

    assertThat(groups(order)).isEqualTo(2);
    assertThat(column(trail(order), "payload"))
        .isEqualTo(
            IntStream.range(0, 4)
                .mapToObj(i -> new JsonObject().put("notes", ("" + i).repeat(3_000)))
                .toList());
  }

  @Test
  void keepsWhatIsLargeOnceIfItIsTheSame() {
    var payload = new JsonObject().put("errors", "e".repeat(100_000)).put("round", 1);
    append(
        IntStream.range(0, 40).mapToObj(i -> leased(Ids.next()).payload(payload.copy())).toList());

    assertThat(groups(order)).isOne();
    assertThat(column(trail(order), "payload")).hasSize(40).containsOnly(payload);
  }

  @Test
  void takesEventsFromNodesOfAnEarlierVersion() {
    var items = Stream.generate(Ids::next).limit(2).toList();
    db.execute(
        """
        insert into work_events
          (tenant, order_id, item_id, event, actor_type, actor_id, payload, diff, message, request_id)
        select 't', $1, unnest($2::uuid[]), 'leased', 'agent', 'old', '{"fence": 1}'::json, null, 'm', 'r'
        """,
        order,
        items.toArray(UUID[]::new));
    append(items.stream().map(this::leased).toList());

    var trail = trail(order);
    assertThat(column(trail, "actor_id")).containsExactly("old", "old", "a-1", "a-1");
    assertThat(column(trail, "id"))
        .isEqualTo(column(trail, "id").stream().sorted().distinct().toList());
    assertThat(trail.getFirst().getJsonObject("payload"))
        .isEqualTo(new JsonObject().put("fence", 1));
  }

  @Test
  void letsNobodyChangeTheTrailThroughTheView() {
    append(IntStream.range(0, 2).mapToObj(i -> leased(Ids.next())).toList());

    for (var sql :
        List.of(
            "update work_events set actor_id = 'x' where order_id = $1",
            "delete from work_events where order_id = $1")) {
      assertThat(catchThrowable(() -> db.execute(sql, order))).hasMessageContaining("work_events");
    }
    assertThat(column(trail(order), "actor_id")).containsExactly("a-1", "a-1");
  }
}
