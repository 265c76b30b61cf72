package dev.orderly.leasing.checkout.search;

import dev.orderly.leasing.limits.Rooms;
import dev.orderly.leasing.limits.Turns.Lane;
import dev.orderly.types.TypeLimits;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What there is of types with limits, and what limits leave of it to give. */
public final class LimitedWork {
  private final Rooms rooms;
  private final Map<String, TypeLimits> limits;
  private final Map<Lane, Integer> keyRooms = new HashMap<>();
  private final Map<ClaimFilter, Of> byFilter = new HashMap<>();

  /** Types of which a key was given its last lease just now. */
  private final Set<String> usedUp = new HashSet<>();

  /**
   * @param limits by order type
   */
  LimitedWork(Rooms rooms, Map<String, TypeLimits> limits) {
    this.rooms = rooms;
    this.limits = limits;
  }

  /** Where there are no types with limits. */
  public static LimitedWork none(Rooms agents) {
    return new LimitedWork(agents, Map.of());
  }

  /** What a filter meets. */
  private record Of(Set<String> orderTypes, Set<String> keysFull, List<Candidate> items) {
    private static final Of NOTHING = new Of(Set.of(), Set.of(), List.of());
  }

  private Of of(ClaimFilter filter) {
    return byFilter.computeIfAbsent(
        filter, f -> new Of(new LinkedHashSet<>(), new HashSet<>(), new ArrayList<>()));
  }

  /** Items of the type are queued where the filter looks. */
  void has(ClaimFilter filter, String orderType) {
    of(filter).orderTypes().add(orderType);
  }

  /** Some of them stand behind a key that has all its leases. */
  void keysFull(ClaimFilter filter, String orderType) {
    of(filter).keysFull().add(orderType);
  }

  /** How many leases a key may still have, if its type limits them. */
  void keyRoom(Lane lane, int room) {
    if (limits(lane.orderType()).leasesPerKey() != null && !lane.key().isEmpty()) {
      keyRooms.put(lane, room);
    }
  }

  /**
   * @param items in the order in which they are to be given. Where keys take turns that is not the
   *     order of their ranks; they then share their ranks out anew, so that a type as a whole keeps
   *     its place among others
   */
  void found(ClaimFilter filter, String orderType, List<Candidate> items) {
    var ranks = items.stream().mapToLong(Candidate::rank).sorted().toArray();
    for (int i = 0; i < ranks.length; i++) {
      of(filter).items().add(limits(orderType).fair() ? items.get(i).at(ranks[i]) : items.get(i));
    }
  }

  public Rooms rooms() {
    return rooms;
  }

  public TypeLimits limits(String orderType) {
    return limits.getOrDefault(orderType, TypeLimits.NONE);
  }

  public List<Candidate> items(ClaimFilter filter) {
    return byFilter.getOrDefault(filter, Of.NOTHING).items();
  }

  /** The types with limits of which items are queued where the filter looks. */
  public Set<String> orderTypes(ClaimFilter filter) {
    return byFilter.getOrDefault(filter, Of.NOTHING).orderTypes();
  }

  /** Whether keys of the type stood in the filter's way. */
  public boolean isKeyFull(ClaimFilter filter, String orderType) {
    return byFilter.getOrDefault(filter, Of.NOTHING).keysFull().contains(orderType)
        || usedUp.contains(orderType);
  }

  public static Lane lane(String tenant, Candidate item) {
    return new Lane(tenant, item.orderType(), item.limitKey());
  }

  /** Whether the item's type and key may have another lease. */
  public boolean allows(String tenant, Candidate item) {
    return item.limitKey() == null
        || (rooms.type(tenant, item.orderType()).open()
            && keyRooms.getOrDefault(lane(tenant, item), 1) > 0);
  }

  /** The item is given. */
  public void take(String tenant, Candidate item) {
    if (item.limitKey() != null) {
      rooms.type(tenant, item.orderType()).take();
      keyRooms.computeIfPresent(
          lane(tenant, item),
          (lane, room) -> {
            if (room == 1) {
              usedUp.add(lane.orderType());
            }
            return room - 1;
          });
    }
  }
}
