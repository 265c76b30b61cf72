package dev.orderly.state.dependencies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import dev.orderly.domain.Violation;
import dev.orderly.types.ItemPlan;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DependencyGraphTest {
  private static ItemPlan item(String key, String... after) {
    return new ItemPlan(null, key, new JsonObject(), null).after(after);
  }

  private static Violation violation(List<ItemPlan> items) {
    var refused = catchThrowableOfType(Rejected.class, () -> DependencyGraph.of(items));
    assertThat(refused.code()).isEqualTo(ErrorCode.INVALID);
    return refused.errors().getFirst();
  }

  @Test
  void isNothingWhereNoItemDependsOnAnother() {
    assertThat(DependencyGraph.of(List.of(item("a"), item(null)))).isNull();
  }

  @Test
  void putsEachItemAfterAllThatItDependsOnAndElseKeepsThePlansOrder() {
    var graph =
        DependencyGraph.of(
            List.of(item("d", "b", "c"), item("x"), item("b", "a"), item("c", "a"), item("a")));

    assertThat(graph.order()).containsExactly(1, 4, 2, 3, 0);
    assertThat(graph.counts()).containsExactly(2, 0, 1, 1, 0);
    assertThat(graph.of(0)).containsExactly(2, 3);
  }

  @Test
  void anItemWithoutAKeyMayDependOnOthers() {
    assertThat(DependencyGraph.of(List.of(item(null, "a"), item("a"))).order())
        .containsExactly(1, 0);
  }

  @Test
  void spellsOutTheCycleAndNothingThatOnlyLeadsToIt() {
    var violation =
        violation(List.of(item("z", "a"), item("a", "b"), item("b", "c"), item("c", "a")));

    assertThat(violation.code()).isEqualTo("dependency_cycle");
    assertThat(violation.message()).isEqualTo("a → b → c → a");
  }

  @Test
  void shortensALongCycle() {
    var items = new ArrayList<ItemPlan>();
    IntStream.range(0, 10_000).forEach(n -> items.add(item("n" + n, "n" + (n + 1) % 10_000)));

    assertThat(violation(items).message())
        .isEqualTo("n0 → n1 → n2 → n3 → n4 → n5 → n6 → n7 → n8 → n9 → n10 → (9989 more) → n0");
  }

  @Test
  void ordersAChainOfTenThousand() {
    var items = new ArrayList<ItemPlan>();
    IntStream.range(0, 10_000)
        .forEach(n -> items.add(n == 9_999 ? item("n" + n) : item("n" + n, "n" + (n + 1))));

    var order = DependencyGraph.of(items).order();

    assertThat(order[0]).isEqualTo(9_999);
    assertThat(order[9_999]).isZero();
  }

  @Test
  void refusesMoreDependenciesThanAnOrderTakes() {
    var names = IntStream.range(0, 1_000).mapToObj(n -> "n" + n).toArray(String[]::new);
    var items = new ArrayList<ItemPlan>();
    for (var name : names) {
      items.add(item(name));
    }
    IntStream.range(0, 50).forEach(n -> items.add(item("all" + n, names)));
    assertThat(DependencyGraph.of(items).order()).hasSize(1_050);

    items.add(item("one-more", "n0"));

    assertThat(violation(items).code()).isEqualTo("too_many_dependencies");
  }
}
