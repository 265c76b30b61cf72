package dev.orderly.leasing.checkout;

import dev.orderly.domain.Rejected;
import dev.orderly.leasing.LeaseMessages.Checkout;
import dev.orderly.leasing.checkout.refusal.LimitRefusals;
import dev.orderly.leasing.checkout.search.Candidate;
import dev.orderly.leasing.checkout.search.CandidateSearch.Found;
import dev.orderly.leasing.checkout.search.ClaimFilter;
import dev.orderly.leasing.checkout.search.LimitedWork;
import dev.orderly.leasing.limits.Rooms;
import dev.orderly.leasing.limits.Turns.Lane;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * Deals out what was found: among those who ask for the same, first come, first served, and to each
 * no more than limits allow.
 */
final class Allotment {
  private final LimitedWork work;
  private final Map<ClaimFilter, Deque<Candidate>> left = new HashMap<>();
  private final Set<UUID> taken = new HashSet<>();
  private final Set<Lane> turns = new LinkedHashSet<>();
  private final List<Given> given = new ArrayList<>();
  private final Map<Integer, Rejected> refusals = new HashMap<>();

  private Allotment(Map<ClaimFilter, Found> found, LimitedWork work) {
    this.work = work;
    found.forEach((filter, plain) -> left.put(filter, merged(plain, work.items(filter))));
  }

  static Allotment of(List<Checkout> checkouts, Map<ClaimFilter, Found> found, LimitedWork work) {
    var allotment = new Allotment(found, work);
    // Filter by filter: the search saw to it that each has enough whatever those before it take.
    var requests = new LinkedHashMap<ClaimFilter, List<Integer>>();
    for (int request = 0; request < checkouts.size(); request++) {
      requests
          .computeIfAbsent(ClaimFilter.of(checkouts.get(request)), f -> new ArrayList<>())
          .add(request);
    }
    requests.values().forEach(some -> some.forEach(r -> allotment.serve(r, checkouts.get(r))));
    return allotment;
  }

  private static Deque<Candidate> merged(Found plain, List<Candidate> limited) {
    if (limited.isEmpty()) {
      return new ArrayDeque<>(plain.items());
    }
    var all = new ArrayList<>(plain.items());
    all.addAll(limited);
    // A stable sort: what stands in turns within a rank stays so.
    all.sort(Comparator.comparingLong(Candidate::rank));
    return new ArrayDeque<>(all);
  }

  private void serve(int request, Checkout checkout) {
    var tenant = checkout.caller().tenant();
    var agent = work.rooms().agent(tenant, checkout.caller().agentId());
    // Nobody looked for those who may have nothing.
    var candidates = left.getOrDefault(ClaimFilter.of(checkout), new ArrayDeque<>());
    int got = 0;
    while (got < checkout.max() && agent.open()) {
      var item = next(tenant, candidates);
      if (item == null) {
        break;
      }
      agent.take();
      take(tenant, item);
      given.add(new Given(request, checkout, item));
      got++;
    }
    if (got == 0) {
      var refusal = LimitRefusals.of(checkout, work, agent);
      if (refusal != null) {
        refusals.put(request, refusal);
      }
    }
  }

  /** The first that may be given, which stays there; those that may not are dropped for good. */
  private Candidate next(String tenant, Deque<Candidate> candidates) {
    while (!candidates.isEmpty()) {
      var item = candidates.peek();
      if (!taken.contains(item.id()) && work.allows(tenant, item)) {
        return item;
      }
      candidates.poll();
    }
    return null;
  }

  private void take(String tenant, Candidate item) {
    taken.add(item.id());
    work.take(tenant, item);
    if (item.limitKey() != null && work.limits(item.orderType()).fair()) {
      turns.add(LimitedWork.lane(tenant, item));
    }
  }

  Rooms rooms() {
    return work.rooms();
  }

  List<Given> given() {
    return given;
  }

  /** Why checkouts got nothing, by their index, where limits are the reason. */
  Map<Integer, Rejected> refusals() {
    return refusals;
  }

  /** The keys that had their turn, in that order. */
  Set<Lane> turns() {
    return turns;
  }
}
