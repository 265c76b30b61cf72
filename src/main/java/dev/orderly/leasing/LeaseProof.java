package dev.orderly.leasing;

/**
 * What a caller shows for the lease it claims to hold, beside its identity. What is shown must be
 * current; showing nothing leaves the identity alone to decide.
 *
 * @param token the opaque lease token, or null
 * @param fence the lease's fence, or null
 */
public record LeaseProof(String token, Long fence) {
  public static final LeaseProof NONE = new LeaseProof(null, null);
}
