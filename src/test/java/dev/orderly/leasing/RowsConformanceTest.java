package dev.orderly.leasing;

import dev.orderly.leasing.heartbeats.Heartbeats;

/** Every lease stands in the row of its item. */
class RowsConformanceTest extends LeaseConformance {
  @Override
  Heartbeats heartbeats() {
    return Heartbeats.none();
  }

  @Override
  int bundleMin() {
    return 0;
  }
}
