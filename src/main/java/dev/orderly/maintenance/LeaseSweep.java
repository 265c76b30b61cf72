package dev.orderly.maintenance;

import dev.orderly.leasing.ending.ExpireLeases;

/** Takes back lapsed leases that a lost desk left. */
public final class LeaseSweep implements Duty {
  private final ExpireLeases expire;

  public LeaseSweep(ExpireLeases expire) {
    this.expire = expire;
  }

  @Override
  public String name() {
    return "lease_sweep";
  }

  @Override
  public long run() {
    return expire.sweep().await().size();
  }
}
