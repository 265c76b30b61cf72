package dev.orderly.leasing;

/** Which desk serves which queue. */
public record Shards(int count) {
  /** The desk of a queue. */
  public int of(String tenant, String type) {
    return Math.floorMod((tenant + "\n" + type).hashCode(), count);
  }

  /** The desk that looks through several queues of a tenant at once. */
  public int ofSeveral(String tenant) {
    return of(tenant, "*");
  }
}
