package dev.orderly.state.queries;

import static dev.orderly.state.queries.OrderRows.minute;
import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.domain.ItemState;
import dev.orderly.testing.TestDatabase;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ListOrdersFilterTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  private final String tenant = UUID.randomUUID().toString();
  private final OrderRows rows = new OrderRows(db, tenant);
  private final Lists lists = new Lists(db, tenant);

  @BeforeEach
  void anotherTenantHasOrdersToo() {
    new OrderRows(db, tenant + "-other").order().meta("{\"k\": \"v\"}").insert();
  }

  @Test
  void givesTheTenantsOwnOrdersOnly() {
    var mine = rows.order().insert();
    assertThat(lists.ids()).containsExactly(mine);
  }

  @ParameterizedTest
  @CsvSource({
    "state, failed, queued",
    "type, other, sync",
    "requested_by_type, agent, user",
    "requested_by_id, bob, ann"
  })
  void keepsExactMatchesWithAndWithoutFilterAndByList(String name, String value, String usual) {
    var usualOne = rows.order().insert();
    var wanted = rows.order().set(name, value).insert();

    assertThat(lists.ids("filter[" + name + "]", value)).containsExactly(wanted);
    assertThat(lists.ids(name, value)).containsExactly(wanted);
    assertThat(lists.ids(name, value + "," + usual)).containsExactly(usualOne, wanted);
    assertThat(lists.ids(name, value, name, usual)).containsExactly(usualOne, wanted);
    assertThat(lists.ids(name, usual)).containsExactly(usualOne);
  }

  @Test
  void keepsIds() {
    var first = rows.order().insert();
    var second = rows.order().insert();
    rows.order().insert();

    assertThat(lists.ids("id", second.toString())).containsExactly(second);
    assertThat(lists.ids("filter[id]", second + "," + first)).containsExactly(first, second);
    assertThat(lists.ids("id", UUID.randomUUID().toString())).isEmpty();
  }

  @Test
  void keepsOrdersByTheirItemsStates() {
    var failed = rows.order().items(ItemState.QUEUED, ItemState.FAILED).insert();
    var leased = rows.order().items(ItemState.LEASED).insert();
    rows.order().items(ItemState.SUBMITTED).insert();

    assertThat(lists.ids("filter[items.state]", "failed")).containsExactly(failed);
    assertThat(lists.ids("filter[items.state]", "leased,failed")).containsExactly(failed, leased);
    assertThat(lists.ids("filter[items.state]", "cancelled")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "5|5",
        "=5|5",
        "<5|1",
        "<=5|1 5",
        ">5|9",
        ">=5|5 9",
        "<>5|1 9",
        ">1,<9|5",
        ">=1,<>5|1 9"
      })
  void comparesPriorities(String value, String expected) {
    for (int priority : new int[] {1, 5, 9}) {
      rows.order().set("priority", priority).insert();
    }
    assertThat(lists.data("filter[priority]", value, "sort", "priority"))
        .extracting(order -> order.getInteger("priority").toString())
        .containsExactly(expected.split(" "));
  }

  @ParameterizedTest
  @CsvSource({"eq, 5", "lt, 1", "lte, 1 5", "gt, 9", "gte, 5 9", "ne, 1 9"})
  void comparesWithTheOperatorInBrackets(String operator, String expected) {
    for (int priority : new int[] {1, 5, 9}) {
      rows.order().set("priority", priority).insert();
    }
    assertThat(lists.data("filter[priority][" + operator + "]", "5", "sort", "priority"))
        .extracting(order -> order.getInteger("priority").toString())
        .containsExactly(expected.split(" "));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "created_at",
        "last_transitioned_at",
        "applied_at",
        "completed_at",
        "review_escalated_at"
      })
  void comparesTimes(String name) {
    var early = rows.order().completed(minute(0)).set(name, minute(0)).insert();
    var middle = rows.order().completed(minute(0)).set(name, minute(1)).insert();
    var late = rows.order().completed(minute(0)).set(name, minute(2)).insert();
    var filter = "filter[" + name + "]";

    assertThat(lists.ids(filter, ">2026-01-01T00:00:00Z", "sort", name))
        .containsExactly(middle, late);
    assertThat(lists.ids(filter, ">2026-01-01T00:00:00Z,<2026-01-01T00:02:00Z"))
        .containsExactly(middle);
    assertThat(lists.ids(filter, "2026-01-01")).containsExactly(early);
    assertThat(lists.ids(filter, "=2026-01-01T00:01:00")).containsExactly(middle);
    assertThat(lists.ids(filter, "2026-01-01T05:47:00+05:45")).containsExactly(late);
    assertThat(
            lists.ids(
                filter + "[gte]", "2026-01-01T00:01:00Z", filter + "[lt]", "2026-01-01T00:02:00Z"))
        .containsExactly(middle);
  }

  @Test
  void keepsNoOrderThatLacksTheComparedTime() {
    rows.order().insert();
    var applied = rows.order().set("applied_at", minute(1)).insert();

    assertThat(lists.ids("filter[applied_at]", ">2020-01-01")).containsExactly(applied);
    assertThat(lists.ids("filter[applied_at][ne]", "2020-01-01")).containsExactly(applied);
  }

  @Test
  void findsMetaTextsThatLookLikeNumbersAsTheyAre() {
    var bond = rows.order().meta("{\"agent\": \"007\"}").insert();
    var seven = rows.order().meta("{\"agent\": 7}").insert();
    var sevenText = rows.order().meta("{\"agent\": \"7\"}").insert();

    assertThat(lists.ids("filter[meta]", "agent:007")).containsExactly(bond);
    assertThat(lists.ids("filter[meta]", "agent:7")).containsExactly(seven, sevenText);
    assertThat(lists.ids("filter[meta]", "agent:7.0")).containsExactly(seven);
  }

  @Test
  void findsMetaByTruthTextsAndObjects() {
    var yes = rows.order().meta("{\"urgent\": true, \"at\": {\"city\": \"Rome\", \"n\": 1}}");
    var yesId = yes.insert();
    var text = rows.order().meta("{\"urgent\": \"true\", \"url\": \"http://x/?a,b\"}").insert();

    assertThat(lists.ids("filter[meta]", "urgent:true")).containsExactly(yesId, text);
    assertThat(lists.ids("filter[meta]", "{\"urgent\": true}")).containsExactly(yesId);
    assertThat(lists.ids("filter[meta]", "{\"at\": {\"city\": \"Rome\"}}")).containsExactly(yesId);
    assertThat(lists.ids("filter[meta]", "url:http://x/?a,b")).containsExactly(text);
    assertThat(lists.ids("filter[meta]", "urgent:true", "filter[meta]", "{\"at\": {\"n\": 1}}"))
        .containsExactly(yesId);
    assertThat(lists.ids("filter[meta]", "urgent:")).isEmpty();
    assertThat(lists.ids("filter[meta]", "'; drop table work_orders; --:1")).isEmpty();
  }

  @Test
  void tellsOrdersWithAvailableItemsFromThoseWithout() {
    var available = rows.order().items(ItemState.SUBMITTED, ItemState.QUEUED).insert();
    var later = rows.order().availableIn("1 hour").insert();
    var held = rows.order().held().insert();
    var leased = rows.order().items(ItemState.LEASED).insert();
    var none = rows.order().items().insert();

    assertThat(lists.ids("filter[has_available_items]", "true")).containsExactly(available);
    assertThat(lists.ids("filter[has_available_items]", "1")).containsExactly(available);
    assertThat(lists.ids("filter[has_available_items]", "false"))
        .containsExactly(later, held, leased, none);
    assertThat(lists.ids("filter[has_available_items]", "0"))
        .containsExactly(later, held, leased, none);
  }

  @Test
  void keepsWhatMeetsAllOfSeveralFilters() {
    rows.order().set("priority", 5).insert();
    rows.order().set("state", "failed").insert();
    var both = rows.order().set("state", "failed").set("priority", 5).insert();

    assertThat(lists.ids("state", "failed,queued", "state", "failed", "filter[priority]", ">4"))
        .hasSize(2);
    assertThat(lists.ids("state", "failed", "filter[priority]", ">4")).containsExactly(both);
  }

  @Test
  void takesTextsAsTheyAre() {
    var odd = rows.order().set("requested_by_id", "o'neil \\ % $1 \"x\"").insert();
    rows.order().insert();

    assertThat(lists.ids("requested_by_id", "o'neil \\ % $1 \"x\"")).containsExactly(odd);
    assertThat(lists.ids("requested_by_id", "' or true --")).isEmpty();
  }
}
