package dev.orderly.state;

import dev.orderly.types.PartsSpec;

/**
 * What no type goes beyond, whatever it says.
 *
 * @param maxCount parts in use per item
 * @param maxPartBytes of a part's payload, as canonical JSON
 * @param maxTotalBytes of the payloads in use per item
 */
public record PartLimits(int maxCount, int maxPartBytes, int maxTotalBytes) {
  /** 1,000 parts, 4 MiB each, 64 MiB together. */
  public static final PartLimits USUAL = new PartLimits(1_000, 4 << 20, 64 << 20);

  /** The spec with none of its limits higher than these. */
  public PartsSpec within(PartsSpec spec) {
    return spec.within(maxCount, maxPartBytes, maxTotalBytes);
  }
}
