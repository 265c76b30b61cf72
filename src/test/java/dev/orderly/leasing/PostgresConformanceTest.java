package dev.orderly.leasing;

import dev.orderly.leasing.heartbeats.Heartbeats;

/** Every heartbeat is written to the database. */
class PostgresConformanceTest extends LeaseConformance {
  @Override
  Heartbeats heartbeats() {
    return Heartbeats.none();
  }
}
