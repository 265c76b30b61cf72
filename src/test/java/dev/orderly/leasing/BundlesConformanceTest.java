package dev.orderly.leasing;

import dev.orderly.leasing.heartbeats.Heartbeats;

/** Every lease is in a bundle until something happens to it. */
class BundlesConformanceTest extends LeaseConformance {
  @Override
  Heartbeats heartbeats() {
    return Heartbeats.none();
  }

  @Override
  int bundleMin() {
    return 1;
  }
}
