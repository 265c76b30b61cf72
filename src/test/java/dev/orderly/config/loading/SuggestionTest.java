package dev.orderly.config.loading;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class SuggestionTest {
  @Test
  void countsSwappedNeighboursAsOneMistake() {
    assertThat(Suggestion.distance("prot", "port")).isEqualTo(1);
    assertThat(Suggestion.distance("", "abc")).isEqualTo(3);
    assertThat(Suggestion.distance("kitten", "sitting")).isEqualTo(3);
  }

  @Test
  void suggestsNothingThatIsTooFar() {
    assertThat(Suggestion.nearest("wibble", List.of("port", "host"))).isEmpty();
    assertThat(Suggestion.nearest("hots", List.of("port", "host"))).contains("host");
  }
}
