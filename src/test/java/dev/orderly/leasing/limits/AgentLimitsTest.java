package dev.orderly.leasing.limits;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.leasing.limits.AgentLimits.Numbers;
import java.util.List;
import org.junit.jupiter.api.Test;

class AgentLimitsTest {
  @Test
  void theLongestNameThatFitsCounts() {
    var numbers = Numbers.of(3, List.of("crawler-*=20", "crawler-big-*=50", "crawler-big-1=0"));

    assertThat(numbers.of("other")).isEqualTo(3);
    assertThat(numbers.of("crawler-1")).isEqualTo(20);
    assertThat(numbers.of("crawler-big-2")).isEqualTo(50);
    assertThat(numbers.of("crawler-big-1")).isNull();
  }

  @Test
  void zeroIsNoLimit() {
    assertThat(Numbers.NONE.of("anybody")).isNull();
    assertThat(Numbers.of(0, List.of("a=0")).any()).isFalse();
    assertThat(Numbers.of(0, List.of("a=1")).any()).isTrue();
  }
}
