package dev.orderly.storage.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SharedBuffersTest {
  @ParameterizedTest
  @CsvSource({"512, 128MB", "1024, 128MB", "4096, 512MB", "8192, 1024MB", "65536, 1024MB"})
  void areAnEighthOfTheMemoryWithinReason(long megabytes, String expected) {
    assertThat(SharedBuffers.of(megabytes * 1024 * 1024)).isEqualTo(expected);
  }

  @Test
  void areKnownForThisMachine() {
    assertThat(SharedBuffers.ofThisMachine()).matches("[1-9][0-9]{2,3}MB");
  }
}
