package dev.orderly.applying.sql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.applying.ApplyFixture;
import dev.orderly.storage.Ids;
import dev.orderly.testing.OrderRows;
import dev.orderly.testing.TestDatabase;
import dev.orderly.types.OrderType;
import dev.orderly.types.declarative.TypeFiles;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The shipped example, from its file to its table, with real expressions. */
class CityTiersApplyTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  private ApplyFixture apply;
  private OrderType type;

  @BeforeEach
  void loadType() {
    apply = new ApplyFixture(db);
    type = TypeFiles.load(List.of(Path.of("examples/city-tiers/city-tiers.type.yaml"))).getFirst();
    apply.types.add(type);
    new SqlSetup(db.pool(), Map.of()).run(List.of(type));
  }

  @AfterEach
  void stop() {
    apply.stopNodes();
  }

  private static JsonObject city(int id, String name, long population) {
    return new JsonObject()
        .put("city_id", id)
        .put("name", name)
        .put("country", "Utopia")
        .put("population", population);
  }

  private static JsonObject tiers(JsonObject... tiers) {
    return new JsonObject().put("cities", new JsonArray(List.of(tiers)));
  }

  private static JsonObject tier(int id, String tier) {
    return new JsonObject().put("city_id", id).put("tier", tier);
  }

  private UUID order(JsonArray cities, JsonObject... results) {
    return OrderRows.approved(db, type.name(), 3, new JsonObject().put("cities", cities), results);
  }

  @Test
  void writesTheTiersOfEveryBatchAndShowsWhatChanged() {
    var cities =
        new JsonArray()
            .add(city(1, "Amaurot", 12_000_000))
            .add(city(2, "It's", 5))
            .add(city(3, "Third", 500_000));
    db.execute(
        "insert into public.city_tiers values (3, 'Third', 'Utopia', 500000, 'small', $1)",
        Ids.next());
    var order =
        order(cities, tiers(tier(1, "megacity"), tier(2, "small")), tiers(tier(3, "medium")));

    apply.settle(order);

    assertThat(
            db.rows(
                "select city_id, name, tier from public.city_tiers where city_id < 4 order by 1"))
        .extracting(
            row -> row.getInteger("city_id") + row.getString("name") + row.getString("tier"))
        .containsExactly("1Amaurotmegacity", "2It'ssmall", "3Thirdmedium");
    var diff = apply.order(order).getJsonObject("diff");
    assertThat(diff.getString("summary")).isEqualTo("Classified 3 cities into 3 tiers");
    assertThat(diff.getJsonObject("before").fieldNames()).containsExactly("3");
    assertThat(diff.getJsonArray("changes").stream().map(c -> ((JsonObject) c).getString("path")))
        .containsExactlyInAnyOrder("/1", "/2", "/3/tier");
  }

  @Test
  void takesAnOrderOfOneCity() {
    var order = order(new JsonArray().add(city(9, "Lone", 7)), tiers(tier(9, "small")));

    apply.settle(order);

    assertThat(apply.state(order)).isEqualTo("completed");
    assertThat(apply.order(order).getJsonObject("diff").getString("summary"))
        .isEqualTo("Classified 1 cities into 1 tiers");
  }

  @Test
  void failsAndWritesNothingWhenATierIsUnknown() {
    var order =
        order(
            new JsonArray().add(city(20, "A", 7)).add(city(21, "B", 8)),
            tiers(tier(20, "small"), tier(21, "enormous")));

    apply.settle(order);

    assertThat(apply.order(order).getJsonObject("error").getString("message"))
        .isEqualTo(
            "Step cities failed: new row for relation \"city_tiers\" violates check constraint"
                + " \"city_tiers_tier_check\" (SQLSTATE 23514)");
    assertThat(db.rows("select 1 from public.city_tiers where city_id in (20, 21)")).isEmpty();
  }
}
