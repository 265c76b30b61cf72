package dev.orderly.storage.embedded;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/**
 * How much memory the embedded PostgreSQL may keep its pages in. What does not fit is written out
 * and read again by the sessions themselves: under load that was a quarter of what they cost.
 */
final class SharedBuffers {
  private static final long MEGABYTE = 1024L * 1024;
  private static final long LEAST = 128;
  private static final long MOST = 1024;

  private SharedBuffers() {}

  /** For this machine, or the container's share of it; as PostgreSQL writes it. */
  static String ofThisMachine() {
    var system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    return of(system.getTotalMemorySize());
  }

  /**
   * An eighth: nodes, agents and the file cache want the rest. It is taken only as data fills it.
   *
   * @param memory in bytes
   */
  static String of(long memory) {
    return Math.clamp(memory / 8 / MEGABYTE, LEAST, MOST) + "MB";
  }
}
