package dev.orderly.testing;

import dev.orderly.domain.ItemState;
import dev.orderly.leasing.HeldItem;
import java.util.UUID;

/** Rows of items as a holder's call finds them, without a database. */
public final class HeldItems {
  private HeldItems() {}

  /** Leased by the agent "a" for a minute. */
  public static HeldItem leased(UUID id, UUID orderId, long fence) {
    return new HeldItem(
        id,
        "t",
        orderId,
        "o",
        "1",
        "x",
        ItemState.LEASED,
        0,
        3,
        0,
        fence,
        "a",
        false,
        60,
        10,
        0,
        null,
        false,
        false,
        false,
        false,
        null);
  }
}
