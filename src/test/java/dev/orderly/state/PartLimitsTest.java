package dev.orderly.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.types.PartsSpec;
import dev.orderly.types.PartsSpec.Key;
import org.junit.jupiter.api.Test;

class PartLimitsTest {
  private final PartsSpec spec = PartsSpec.of(null, Key.of("a"));

  @Test
  void noTypeGoesBeyondTheServersLimits() {
    var within = new PartLimits(7, 8, 9).within(spec);

    assertThat(within.maxCount()).isEqualTo(7);
    assertThat(within.maxPartBytes()).isEqualTo(8);
    assertThat(within.maxTotalBytes()).isEqualTo(9);
    assertThat(within.keys()).isEqualTo(spec.keys());
  }

  @Test
  void aTypesLowerLimitsStay() {
    assertThat(PartLimits.USUAL.within(spec)).isEqualTo(spec);
  }
}
