package dev.orderly.state.queries;

import static dev.orderly.state.queries.OrderRows.minute;
import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.state.queries.parameters.Attribute;
import dev.orderly.testing.TestDatabase;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ListOrdersPagingTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  private final String tenant = UUID.randomUUID().toString();
  private final OrderRows rows = new OrderRows(db, tenant);
  private final Lists lists = new Lists(db, tenant);

  @Test
  void putsUrgentThenOldOrdersFirst() {
    var newer = rows.order().set("created_at", minute(2)).insert();
    var older = rows.order().set("created_at", minute(1)).insert();
    var urgent = rows.order().set("priority", 9).set("created_at", minute(3)).insert();

    assertThat(lists.ids()).containsExactly(urgent, older, newer);
  }

  @Test
  void sortsByAnyAttributeInBothDirections() {
    for (var name : Attribute.names()) {
      if (!name.equals("items_count")) {
        var own = new OrderRows(db, tenant + name);
        var low = lowest(own, name).insert();
        var high = highest(own, name).insert();
        assertThat(new Lists(db, tenant + name).ids("sort", name)).containsExactly(low, high);
        assertThat(new Lists(db, tenant + name).ids("sort", "-" + name)).containsExactly(high, low);
      }
    }
    var few = rows.order().queuedItems(1).insert();
    var many = rows.order().queuedItems(3).insert();
    assertThat(lists.ids("sort", "items_count")).containsExactly(few, many);
    assertThat(lists.ids("sort", "-items_count")).containsExactly(many, few);
  }

  private static OrderRows.Order lowest(OrderRows rows, String name) {
    return rows.order().completed(minute(0)).set(name, name.equals("priority") ? 1 : minute(1));
  }

  private static OrderRows.Order highest(OrderRows rows, String name) {
    return rows.order().completed(minute(0)).set(name, name.equals("priority") ? 2 : minute(2));
  }

  @Test
  void putsOrdersThatLackTheValueLastInBothDirections() {
    var lacking = rows.order().insert();
    var early = rows.order().completed(minute(1)).insert();
    var late = rows.order().completed(minute(2)).insert();

    assertThat(lists.ids("sort", "completed_at")).containsExactly(early, late, lacking);
    assertThat(lists.ids("sort", "-completed_at")).containsExactly(late, early, lacking);
  }

  static Stream<String> sorts() {
    var single = Attribute.names().stream().flatMap(name -> Stream.of(name, "-" + name));
    return Stream.concat(
        single,
        Stream.of(
            "-priority,created_at",
            "priority,-created_at",
            "-completed_at,priority",
            "applied_at,-completed_at,-items_count",
            "-applied_at,priority,last_transitioned_at,-created_at,items_count,completed_at"));
  }

  @ParameterizedTest
  @MethodSource("sorts")
  void givesEveryOrderOnceInOrderWhileOthersAreInserted(String sort) {
    var random = new Random(sort.hashCode());
    var before = new ArrayList<UUID>();
    for (int i = 0; i < 40; i++) {
      before.add(randomOrder(random).insert());
    }
    var expected = lists.ids("sort", sort, "page[size]", "100");
    assertThat(expected).containsExactlyInAnyOrderElementsOf(before);

    var seen = new ArrayList<UUID>();
    String cursor = null;
    do {
      var page =
          cursor == null
              ? lists.page("sort", sort, "page[size]", "3")
              : lists.page("sort", sort, "page[size]", "3", "page[after]", cursor);
      var ids = Lists.ids(page);
      // Only so many, so that the end is reached whatever comes in before it.
      assertThat(ids).isNotEmpty().hasSizeLessThanOrEqualTo(3);
      seen.addAll(ids);
      cursor = page.getJsonObject("page").getString("next");
      assertThat(page.getJsonObject("page").getBoolean("has_more")).isEqualTo(cursor != null);
      if (seen.size() < 60) {
        randomOrder(random).insert();
      }
    } while (cursor != null);

    assertThat(new HashSet<>(seen)).hasSameSizeAs(seen);
    assertThat(seen).containsSubsequence(expected);
  }

  /** Few values, so that there are many ties; a third was never completed. */
  private OrderRows.Order randomOrder(Random random) {
    var order =
        rows.order()
            .set("priority", random.nextInt(3))
            .set("created_at", minute(random.nextInt(3)))
            .set("last_transitioned_at", minute(random.nextInt(3)).plusNanos(1_000))
            .queuedItems(random.nextInt(3));
    if (random.nextInt(3) > 0) {
      order.completed(minute(random.nextInt(3)));
    }
    return random.nextInt(3) > 0
        ? order.set("applied_at", minute(random.nextInt(3)).plusNanos(123_456_000))
        : order;
  }

  @Test
  void keepsTheFiltersBehindTheCursor() {
    for (int i = 0; i < 6; i++) {
      rows.order().set("priority", i % 2).meta("{\"even\": " + (i % 2 == 0) + "}").insert();
    }
    var first = lists.page("filter[meta]", "even:true", "page[size]", "2");
    var second =
        lists.page("filter[meta]", "even:true", "page[size]", "2", "page[after]", next(first));

    assertThat(Lists.ids(first)).hasSize(2);
    assertThat(Lists.ids(second)).hasSize(1).doesNotContainAnyElementsOf(Lists.ids(first));
    assertThat(next(second)).isNull();
  }

  @Test
  void countsPagesAndOrdersOnRequest() {
    for (int i = 0; i < 5; i++) {
      rows.order().set("created_at", minute(i)).insert();
    }
    rows.order().set("state", "failed").insert();
    var all = lists.ids("state", "queued");
    var second = lists.page("state", "queued", "page[size]", "2", "page[number]", "2");
    var third = lists.page("state", "queued", "page[size]", "2", "page[number]", "3");
    var fourth = lists.page("state", "queued", "page[size]", "2", "page[number]", "2147483647");

    assertThat(Lists.ids(second)).isEqualTo(all.subList(2, 4));
    assertThat(second.getJsonObject("page").getInteger("number")).isEqualTo(2);
    assertThat(second.getJsonObject("page").getInteger("total")).isEqualTo(5);
    assertThat(second.getJsonObject("page").getBoolean("has_more")).isTrue();
    assertThat(Lists.ids(third)).isEqualTo(all.subList(4, 5));
    assertThat(third.getJsonObject("page").getBoolean("has_more")).isFalse();
    assertThat(Lists.ids(fourth)).isEmpty();
    assertThat(lists.ids("state", "queued", "page[size]", "2", "page[after]", next(second)))
        .isEqualTo(all.subList(4, 5));
  }

  @Test
  void tellsThePagesSizeAndNothingItDidNotCount() {
    rows.order().insert();
    assertThat(lists.page().getJsonObject("page"))
        .isEqualTo(
            new JsonObject().put("size", 50).put("next", (String) null).put("has_more", false));
  }

  @Test
  void takesThePagesSizeUnderAnyOfItsNames() {
    rows.order().insert();
    rows.order().insert();
    for (var name : List.of("page[size]", "limit", "per_page")) {
      var page = lists.page(name, "1");
      assertThat(Lists.ids(page)).hasSize(1);
      assertThat(page.getJsonObject("page").getInteger("size")).isEqualTo(1);
    }
    assertThat(lists.ids("limit", "100")).hasSize(2);
  }

  @Test
  void knowsThatAPageThatIsJustFullIsTheLast() {
    rows.order().insert();
    rows.order().insert();
    assertThat(next(lists.page("page[size]", "2"))).isNull();
    assertThat(next(lists.page("page[size]", "1"))).isNotNull();
  }

  private static String next(JsonObject page) {
    return page.getJsonObject("page").getString("next");
  }
}
