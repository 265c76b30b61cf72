package dev.orderly.state.queries;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;

import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import dev.orderly.domain.Violation;
import dev.orderly.state.queries.parameters.Cursor;
import dev.orderly.state.queries.parameters.Opaque;
import dev.orderly.state.queries.parameters.OrderQuery;
import dev.orderly.state.queries.parameters.OrderQueryParser;
import dev.orderly.state.queries.parameters.Sort;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OrderQueryParserTest {
  private static Rejected refusal(String... namesAndValues) {
    var rejected =
        catchThrowableOfType(
            Rejected.class, () -> OrderQueryParser.parse(Lists.parameters(namesAndValues)));
    assertThat(rejected).as(Arrays.toString(namesAndValues)).isNotNull();
    return rejected;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "stat|1|filter[state], state",
        "filter[foo]|1|filter[id], filter[state]",
        "filter[state][eq]|queued|filter[id]",
        "filter[priority][neq]|1|filter[priority][gte], filter[priority][lte]",
        "filter[priority]>|1|filter[priority]",
        "fields[orders]|id|fields[work_orders], fields[items], fields[events]",
        "page[offset]|1|page[size], page[after], page[number]",
        "include|items,parts|items, events, itemsCount, eventsCount",
        "fields[items]|id,order|id, order_id, type",
        "sort|-state|priority, created_at",
        "sort|-priority,+created_at|priority, created_at"
      })
  void refusesUnknownNamesAndTellsTheKnown(String name, String value, String allowed) {
    var rejected = refusal(name, value);
    assertThat(rejected.code()).isEqualTo(ErrorCode.UNKNOWN_PARAMETER);
    assertThat(rejected.errors()).extracting(Violation::pointer).containsExactly(name);
    assertThat(rejected.errors().getFirst().message()).contains(allowed);
    assertThat(rejected.detail()).contains(name).contains(allowed);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "filter[state]|quued|queued, checked_out",
        "state|QUEUED|queued, checked_out",
        "filter[items.state]|approved|queued, leased",
        "requested_by_type|robot|user, agent, system",
        "filter[id]|1-1-1-1-1|UUID",
        "id|nope|UUID",
        "filter[priority]|>high|whole number",
        "filter[priority]|99999999999|whole number",
        "filter[priority]|>|whole number",
        "filter[priority]|1,,2|a value is missing",
        "filter[priority][gte]|>5|whole number",
        "filter[created_at]|yesterday|2026-01-31",
        "filter[created_at]|>=2026-02-30|2026-01-31",
        "filter[created_at]|+999999-01-01T00:00:00Z|2026-01-31",
        "filter[created_at]|2026-01-01T00:00:00 02:00|%2B",
        "filter[applied_at][lt]|2026-13-01T00:00:00Z|2026-01-31",
        "filter[has_available_items]|maybe|true, false",
        "filter[meta]|novalue|key:value",
        "filter[meta]|:v|key:value",
        "filter[meta]|{\"a\": |JSON object",
        "filter[meta]|{\"a\": 1e999}|too large",
        "filter[meta]|{\"a\": [{\"b\": \"x\\u0000\"}]}|NUL",
        "sort|priority,-priority|twice",
        "sort|priority,|a value is missing",
        "page[size]|0|from 1 to 100",
        "page[size]|101|from 1 to 100",
        "limit|ten|from 1 to 100",
        "per_page|-1|from 1 to 100",
        "page[number]|0|from 1 to",
        "page[number]|1.5|from 1 to",
        "page[after]|!!!|not a cursor",
        "page[after]|bm90IGpzb24|not a cursor",
        "page[after]|e30|not a cursor"
      })
  void refusesBadValuesAndTellsTheGood(String name, String value, String told) {
    var rejected = refusal(name, value);
    assertThat(rejected.code()).isEqualTo(ErrorCode.MALFORMED_REQUEST);
    assertThat(rejected.errors()).extracting(Violation::pointer).containsExactly(name);
    assertThat(rejected.errors().getFirst().message()).contains(told);
    assertThat(rejected.detail()).contains(name);
  }

  @Test
  void refusesEmptyValuesWhereOneIsNeeded() {
    for (var name : List.of("state", "filter[id]", "filter[priority]", "sort", "limit")) {
      assertThat(refusal(name, "").errors()).extracting(Violation::pointer).containsExactly(name);
    }
  }

  @Test
  void refusesNulCharactersAnywhere() {
    assertThat(refusal("type", "a\0b").detail()).contains("NUL");
    assertThat(refusal("filter[meta]", "a:\0").detail()).contains("NUL");
  }

  @Test
  void refusesWhatWasSentTwiceButMeansOneThing() {
    assertThat(refusal("sort", "priority", "sort", "priority").detail()).contains("more than once");
    assertThat(refusal("limit", "1", "page[size]", "2").detail()).contains("more than once");
    assertThat(refusal("page[number]", "1", "page[after]", "x").detail()).contains("combined");
  }

  @Test
  void tellsEverythingThatIsWrongAtOnce() {
    var rejected = refusal("state", "x", "nope", "1", "limit", "0");
    assertThat(rejected.code()).isEqualTo(ErrorCode.UNKNOWN_PARAMETER);
    assertThat(rejected.errors())
        .extracting(Violation::pointer, Violation::code)
        .containsExactly(
            tuple("state", "malformed_request"),
            tuple("nope", "unknown_parameter"),
            tuple("limit", "malformed_request"));
  }

  @Test
  void refusesACursorOfAnotherSort() {
    var cursor =
        new Cursor(List.of(1, OrderRows.minute(0)), UUID.randomUUID()).encode(Sort.DEFAULT);
    assertThat(OrderQueryParser.parse(Lists.parameters("page[after]", cursor)).start())
        .isInstanceOf(OrderQuery.Start.After.class);
    assertThat(refusal("page[after]", cursor, "sort", "created_at").errors())
        .containsExactly(
            new Violation(
                "page[after]",
                "malformed_request",
                "belongs to a list sorted by '-priority,created_at', not by created_at"));
  }

  @Test
  void refusesCursorsThatWereTamperedWith() {
    var id = UUID.randomUUID().toString();
    var sort = "-priority,created_at";
    for (var content :
        List.of(
            new JsonObject().put("s", sort).put("v", JsonArray.of("1")).put("id", id),
            new JsonObject().put("s", sort).put("v", JsonArray.of("x", "y")).put("id", id),
            new JsonObject().put("s", sort).put("v", JsonArray.of(null, null)).put("id", id),
            new JsonObject().put("s", sort).put("v", JsonArray.of(1, 2)).put("id", id),
            new JsonObject()
                .put("s", sort)
                .put("v", JsonArray.of("1", "2026-01-01T00:00:00Z"))
                .put("id", "' or true"),
            new JsonObject().put("s", 1).put("v", "x").put("id", id))) {
      assertThat(refusal("page[after]", Opaque.encode(content)).code())
          .isEqualTo(ErrorCode.MALFORMED_REQUEST);
    }
  }

  @Test
  void boundsWhatItRepeats() {
    assertThat(refusal("state", "x".repeat(10_000)).detail()).hasSizeLessThan(500);
    assertThat(refusal("x".repeat(10_000), "1").detail()).hasSizeLessThan(2_000);
    assertThat(refusal("id", "1,".repeat(300) + "1").detail()).contains("at most 200");
  }

  @Test
  void refusesTooManyParameters() {
    var many = new String[202];
    Arrays.fill(many, "state");
    assertThat(refusal(many).code()).isEqualTo(ErrorCode.MALFORMED_REQUEST);
  }
}
