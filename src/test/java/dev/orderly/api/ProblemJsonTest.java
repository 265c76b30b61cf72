package dev.orderly.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProblemJsonTest {
  @Test
  void tellsWhenToTryAgainIfThatIsKnown() {
    var known = new Rejected(ErrorCode.RATE_LIMITED, "Too fast", List.of(), List.of(), 1_200);
    var unknown = new Rejected(ErrorCode.UNAVAILABLE, "Gone");

    assertThat(ProblemJson.of(known).getLong("retry_after_seconds")).isEqualTo(2);
    assertThat(ProblemJson.of(unknown).containsKey("retry_after_seconds")).isFalse();
  }
}
