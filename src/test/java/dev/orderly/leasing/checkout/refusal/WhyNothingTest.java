package dev.orderly.leasing.checkout.refusal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import dev.orderly.domain.Violation;
import dev.orderly.testing.Engine;
import dev.orderly.testing.TestDatabase;
import dev.orderly.testing.TestType;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What who gets nothing is told about the types that were asked for. */
class WhyNothingTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  private static Engine engine;

  @BeforeAll
  static void start() {
    engine = new Engine(db);
    engine.type(new TestType("worked.off"));
    engine.work(engine.propose("worked.off", 1));
  }

  private static Rejected refusal(String... types) {
    var refusal = Engine.refusal(() -> engine.checkout("a", List.of(types), null));
    assertThat(refusal.code()).isEqualTo(ErrorCode.NO_ITEMS_AVAILABLE);
    return refusal;
  }

  @Test
  void typesThatNothingWasEverPlannedForAreNamed() {
    for (int time = 0; time < 2; time++) {
      assertThat(refusal("worked.off", "worked.of").errors())
          .containsExactly(
              new Violation("", "never_planned", "no item of type worked.of was ever planned"));
    }
  }

  @Test
  void aQueueThatIsEmptyIsNoMistake() {
    assertThat(refusal("worked.off").errors()).isEmpty();
    assertThat(refusal().errors()).isEmpty();
  }

  @Test
  void aTypeIsKnownOnceSomethingWasPlannedForIt() {
    engine.type(new TestType("planned.later"));
    assertThat(refusal("planned.later").errors()).hasSize(1);

    engine.work(engine.propose("planned.later", 1));

    assertThat(refusal("planned.later").errors()).isEmpty();
  }
}
