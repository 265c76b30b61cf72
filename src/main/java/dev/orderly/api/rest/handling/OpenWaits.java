package dev.orderly.api.rest.handling;

import dev.orderly.leasing.desk.Desks;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;

/** Requests of one event loop that wait for work. */
public final class OpenWaits {
  private final Desks desks;
  private final Set<UUID> waits = new HashSet<>();

  public OpenWaits(Desks desks) {
    this.desks = desks;
  }

  public void began(UUID waitId) {
    waits.add(waitId);
  }

  public void ended(UUID waitId) {
    waits.remove(waitId);
  }

  /**
   * Has them answered that there is nothing. One that was only on its way to its desk is not
   * reached: to be called again as long as there are any.
   */
  public void end() {
    Set.copyOf(waits).forEach(desks::leave);
  }
}
