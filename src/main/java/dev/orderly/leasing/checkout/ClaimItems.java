package dev.orderly.leasing.checkout;

import dev.orderly.leasing.KnownTypes;
import dev.orderly.leasing.LeaseMessages.CheckedOut;
import dev.orderly.leasing.LeaseMessages.Checkout;
import dev.orderly.leasing.LeaseMessages.Queue;
import dev.orderly.leasing.LeaseMessages.Watch;
import dev.orderly.leasing.LeaseTokens;
import dev.orderly.leasing.Shards;
import dev.orderly.leasing.checkout.WriteLeases.Leased;
import dev.orderly.leasing.checkout.refusal.PlannedTypes;
import dev.orderly.leasing.checkout.refusal.WhyNothing;
import dev.orderly.leasing.checkout.search.CandidateSearch;
import dev.orderly.leasing.checkout.search.CandidateSearch.Found;
import dev.orderly.leasing.checkout.search.ClaimFilter;
import dev.orderly.leasing.checkout.search.LimitedSearch;
import dev.orderly.leasing.checkout.search.LimitedWork;
import dev.orderly.leasing.limits.AgentLimits;
import dev.orderly.leasing.limits.Rooms;
import dev.orderly.leasing.limits.Turns;
import dev.orderly.storage.Tx;
import dev.orderly.types.OrderType;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.sqlclient.SqlConnection;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** Leases items to as many agents as asked at the same time, in one transaction. */
public final class ClaimItems {
  /** How often a claim is made anew for those who got nothing although something was found. */
  private static final int ROUNDS = 8;

  private final Tx tx;
  private final KnownTypes types;
  private final AgentLimits agentLimits;
  private final PlannedTypes planned = new PlannedTypes();
  private final CandidateSearch search;
  private final LimitedSearch limitedSearch;
  private final WriteLeases leases;
  private final ItemsForAgents items;
  private final Consumer<Watch> leased;

  /**
   * @param bundleMin how many leases share a row at least; 0 if none do
   * @param leased told of each queue in which items were leased
   */
  public ClaimItems(
      Tx tx,
      KnownTypes types,
      LeaseTokens tokens,
      Shards shards,
      AgentLimits agentLimits,
      int bundleMin,
      Consumer<Watch> leased) {
    this.tx = tx;
    this.types = types;
    this.agentLimits = agentLimits;
    this.search = new CandidateSearch(types);
    this.limitedSearch = new LimitedSearch(types);
    this.leases = new WriteLeases(agentLimits.countLeases(), bundleMin);
    this.items = new ItemsForAgents(tokens, shards, agentLimits.countLeases());
    this.leased = leased;
  }

  /**
   * @param handed what was leased, by the index of the checkout that gets it
   * @param why the others got nothing
   * @param inVain whether something was found that could not be leased and is passed over from now
   *     on: there may be more behind it
   */
  private record Outcome(Map<Integer, List<NewLease>> handed, WhyNothing why, boolean inVain) {}

  /** Items may have come to the head of a queue. */
  public void workAppeared(Queue queue) {
    search.workAppeared(queue);
  }

  public Future<List<Future<CheckedOut>>> run(List<Checkout> checkouts) {
    return run(checkouts, ROUNDS);
  }

  private Future<List<Future<CheckedOut>>> run(List<Checkout> checkouts, int rounds) {
    return tx.async(
            connection ->
                agents(connection, checkouts)
                    .compose(agents -> claim(connection, checkouts, agents)))
        .compose(
            outcome -> {
              var replies = replies(checkouts, outcome);
              return outcome.inVain() && rounds > 1
                  ? again(checkouts, replies, rounds - 1)
                  : Future.succeededFuture(replies);
            });
  }

  /** Looks again for those who got nothing; what others got is theirs whatever comes of it. */
  private Future<List<Future<CheckedOut>>> again(
      List<Checkout> checkouts, List<Future<CheckedOut>> replies, int rounds) {
    var empty =
        IntStream.range(0, replies.size()).filter(i -> replies.get(i).failed()).boxed().toList();
    if (empty.isEmpty()) {
      return Future.succeededFuture(replies);
    }
    return run(empty.stream().map(checkouts::get).toList(), rounds)
        .map(
            more -> {
              for (int n = 0; n < empty.size(); n++) {
                replies.set(empty.get(n), more.get(n));
              }
              return replies;
            })
        .otherwise(replies);
  }

  /** First of all: nothing is to be locked for an agent that may have nothing. */
  private Future<Rooms> agents(SqlConnection connection, List<Checkout> checkouts) {
    if (!agentLimits.any()) {
      return Future.succeededFuture(Rooms.UNLIMITED);
    }
    var request = new Rooms.Request();
    for (var checkout : checkouts) {
      request.agent(checkout.caller().tenant(), checkout.caller().agentId(), agentLimits);
    }
    return Rooms.count(connection, request);
  }

  private Future<Outcome> claim(SqlConnection connection, List<Checkout> checkouts, Rooms agents) {
    var wanted = new LinkedHashMap<ClaimFilter, Integer>();
    for (var checkout : checkouts) {
      if (agents.agent(checkout.caller().tenant(), checkout.caller().agentId()).open()) {
        wanted.merge(ClaimFilter.of(checkout), checkout.max(), Integer::sum);
      }
    }
    return search
        .find(connection, wanted)
        .compose(
            found ->
                limitedWork(connection, wanted, found, agents)
                    .map(work -> Allotment.of(checkouts, found, work)))
        .compose(allotment -> write(connection, checkouts, allotment));
  }

  /** Looks for limits of types only where there are any. */
  private Future<LimitedWork> limitedWork(
      SqlConnection connection,
      Map<ClaimFilter, Integer> wanted,
      Map<ClaimFilter, Found> found,
      Rooms agents) {
    var limited = new LinkedHashMap<ClaimFilter, Integer>();
    wanted.forEach(
        (filter, items) -> {
          if (found.get(filter).limited()) {
            limited.put(filter, items);
          }
        });
    return limited.isEmpty()
        ? Future.succeededFuture(LimitedWork.none(agents))
        : limitedSearch.find(connection, limited, agents);
  }

  private Future<Outcome> write(
      SqlConnection connection, List<Checkout> checkouts, Allotment allotment) {
    return Turns.served(connection, allotment.turns())
        .compose(done -> allotment.rooms().spend(connection))
        .compose(done -> lease(connection, allotment.given()))
        .compose(
            handed ->
                WhyNothing.find(
                        connection, checkouts, handed.keySet(), allotment.refusals(), planned)
                    .map(
                        why -> new Outcome(handed, why, count(handed) < allotment.given().size())));
  }

  private static int count(Map<Integer, List<NewLease>> handed) {
    return handed.values().stream().mapToInt(List::size).sum();
  }

  private Future<Map<Integer, List<NewLease>>> lease(SqlConnection connection, List<Given> given) {
    if (given.isEmpty()) {
      return Future.succeededFuture(Map.of());
    }
    return types
        .resolve(given.stream().map(g -> g.item().version()).toList())
        .compose(
            known -> {
              // Nobody can be told how to do the others; the next search passes over them.
              var good = given.stream().filter(g -> known.containsKey(g.item().version())).toList();
              return lease(connection, good, known);
            });
  }

  private Future<Map<Integer, List<NewLease>>> lease(
      SqlConnection connection, List<Given> given, Map<KnownTypes.Version, OrderType> known) {
    return given.isEmpty()
        ? Future.succeededFuture(Map.of())
        : leases
            .write(connection, given, known)
            .compose(
                written ->
                    ReviewComments.of(connection, given)
                        .compose(
                            comments ->
                                PartsSoFar.of(connection, written.values())
                                    .map(parts -> byRequest(written.values(), comments, parts))));
  }

  private static Map<Integer, List<NewLease>> byRequest(
      Collection<Leased> leases, Map<UUID, JsonArray> comments, Map<UUID, LeasedParts> parts) {
    var handed = new HashMap<Integer, List<NewLease>>();
    for (var lease : leases) {
      var id = lease.id();
      handed
          .computeIfAbsent(lease.given().request(), request -> new ArrayList<>())
          .add(new NewLease(lease, comments.get(id), parts.get(id)));
    }
    return handed;
  }

  private List<Future<CheckedOut>> replies(List<Checkout> checkouts, Outcome outcome) {
    var replies = new ArrayList<Future<CheckedOut>>();
    var lapseMillis = new HashMap<Queue, Long>();
    for (int request = 0; request < checkouts.size(); request++) {
      var mine = outcome.handed().get(request);
      if (mine == null) {
        replies.add(Future.failedFuture(outcome.why().of(request, checkouts.get(request))));
        continue;
      }
      replies.add(checkedOut(mine));
      var tenant = checkouts.get(request).caller().tenant();
      for (var one : mine) {
        lapseMillis.merge(
            new Queue(tenant, one.lease().given().item().type()),
            one.lease().type().settings().leaseTtlSeconds() * 1000L,
            Math::min);
      }
    }
    lapseMillis.forEach((queue, millis) -> leased.accept(new Watch(queue, millis)));
    return replies;
  }

  /** What cannot be written down for one agent is that agent's failure alone. */
  private Future<CheckedOut> checkedOut(List<NewLease> leases) {
    try {
      return Future.succeededFuture(new CheckedOut(leases.stream().map(items::of).toList()));
    } catch (RuntimeException e) {
      return Future.failedFuture(e);
    }
  }
}
