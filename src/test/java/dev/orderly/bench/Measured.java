package dev.orderly.bench;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;

/** What was counted in the measured time. For one thread only. */
final class Measured {
  private static final long LONGEST_MICROS = 60_000_000;

  private final Map<String, Histogram> calls = new TreeMap<>();
  private final Map<String, Long> errors = new TreeMap<>();
  private long lifecycles;
  private long beganNanos;
  private long endedNanos;

  void begin() {
    beganNanos = System.nanoTime();
  }

  void end() {
    endedNanos = System.nanoTime();
  }

  boolean running() {
    return beganNanos != 0 && endedNanos == 0;
  }

  /** Counts a call that just ended, unless outside the measured time. */
  void call(String name, long nanos) {
    if (running()) {
      calls
          .computeIfAbsent(name, _ -> new Histogram(LONGEST_MICROS, 3))
          .recordValue(Math.min(nanos / 1_000, LONGEST_MICROS));
    }
  }

  /** Counts one of what is measured: a lifecycle, or a lease kept by a heartbeat. */
  void lifecycle() {
    if (running()) {
      lifecycles++;
    }
  }

  /** Counts an error whenever it happens. */
  void error(String what) {
    errors.merge(what, 1L, Long::sum);
  }

  boolean hasErrors() {
    return !errors.isEmpty();
  }

  double perSecond() {
    return lifecycles / seconds();
  }

  private double seconds() {
    return (endedNanos - beganNanos) / 1e9;
  }

  void print(String title) {
    print(title, "lifecycles/s");
  }

  /**
   * @param unit what {@link #lifecycle} counted, a second
   */
  void print(String title, String unit) {
    System.out.printf(
        Locale.ROOT,
        "%-10s %,9.0f %s  (%,d in %.1f s)%n",
        title,
        perSecond(),
        unit,
        lifecycles,
        seconds());
    calls.forEach(
        (name, histogram) ->
            System.out.printf(
                Locale.ROOT,
                "  %-10s p50 %7.2f ms   p95 %7.2f ms   p99 %7.2f ms   max %7.2f ms%n",
                name,
                histogram.getValueAtPercentile(50) / 1e3,
                histogram.getValueAtPercentile(95) / 1e3,
                histogram.getValueAtPercentile(99) / 1e3,
                histogram.getMaxValue() / 1e3));
    System.out.println("  errors     " + (errors.isEmpty() ? "none" : errors.toString()));
  }
}
