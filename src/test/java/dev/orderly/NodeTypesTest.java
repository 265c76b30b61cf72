package dev.orderly;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.testing.TestType;
import dev.orderly.types.TypeLimits;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NodeTypesTest {
  @Test
  void tellsOtherNodesWhatLimitsItsTypesInWords() {
    var limited = new TestType("a").limited(new TypeLimits(3, 1, 2.5, true));

    assertThat(NodeTypes.limits(List.of(limited, new TestType("b"))))
        .isEqualTo(
            Map.of(
                "limits of type a",
                "3 leases and 1 leases per key and 2.5 checkouts per second and keys in turn",
                "limits of type b",
                "none"));
  }
}
