package dev.orderly.torture;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A short run of scripts/torture; docs/torture.md tells how to have longer ones. */
class TortureIT {
  private static final long LIMIT_MINUTES = 8;

  @Test
  void leasesHaveOneHolderWhateverBreaks(@TempDir Path directory) throws Exception {
    var printed = directory.resolve("run.log");
    var builder =
        new ProcessBuilder(
                "scripts/torture",
                "--seconds",
                "20",
                // On a machine that does other things too
                "--slack",
                "10",
                "--faults",
                "node-kill,node-freeze,agents-freeze,database-kill,drop,lose-answers,lose-commits,"
                    + "split,redis-kill,redis-freeze")
            .redirectErrorStream(true)
            .redirectOutput(printed.toFile());
    builder.environment().put("ORDERLY_TORTURE_CLASSPATH", System.getProperty("java.class.path"));
    var run = builder.start();
    try {
      assertThat(run.waitFor(LIMIT_MINUTES, TimeUnit.MINUTES)).as("ended by itself").isTrue();
    } finally {
      run.destroy();
    }
    var text = Files.readString(printed);
    System.out.println(text);
    assertThat(run.exitValue()).as(text).isZero();
  }
}
