package dev.orderly.state.submit;

import dev.orderly.artifacts.EvidenceCheck;
import dev.orderly.artifacts.EvidenceCheck.Claim;
import dev.orderly.artifacts.EvidenceCheck.Finding;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import dev.orderly.domain.Violation;
import dev.orderly.leasing.HeldItem;
import dev.orderly.leasing.KnownTypes;
import dev.orderly.leasing.KnownTypes.Version;
import dev.orderly.leasing.LeaseGuard;
import dev.orderly.state.Commands;
import dev.orderly.state.Hooks;
import dev.orderly.state.OrderStore;
import dev.orderly.state.Pointers;
import dev.orderly.state.StateMessages.Submit;
import dev.orderly.state.TypeMissing;
import dev.orderly.types.ItemView;
import dev.orderly.types.OrderType;
import dev.orderly.types.OrderView;
import dev.orderly.types.TypeFailure;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;

/** Asks types whether results are good, before anything is written. */
public final class SubmissionCheck {
  private static final int ORDERS_REMEMBERED = 64;
  private static final int LARGEST_REMEMBERED_CHARS = 64 * 1024;

  private static final String FIND =
      "select " + HeldItem.COLUMNS + ", bundle, key, input from work_items_now where id = any($1)";

  private final Commands commands;
  private final LeaseGuard guard;
  private final KnownTypes types;
  private final Hooks hooks;
  private final EvidenceCheck evidence;
  private final RefusedResults refusedResults;
  // What a type sees of an order never changes.
  private final Map<UUID, OrderView> orders =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<UUID, OrderView> eldest) {
          return size() > ORDERS_REMEMBERED;
        }
      };

  public SubmissionCheck(Commands commands, LeaseGuard guard, KnownTypes types, Hooks hooks) {
    this.commands = commands;
    this.guard = guard;
    this.types = types;
    this.hooks = hooks;
    this.evidence = new EvidenceCheck(commands.pool());
    this.refusedResults = new RefusedResults(commands);
  }

  private record Found(HeldItem held, ItemView view) {
    Version version() {
      return new Version(held.orderType(), held.typeVersion());
    }
  }

  /** A result whose item is held by who sends it; the order is null if its type never looks. */
  private record Asked(Submit submit, Found item, OrderType type, OrderView order) {}

  /**
   * What is known of a batch.
   *
   * @param refused why each submit that cannot be taken is refused
   * @param judged what becomes of each other one; fails with {@link Rejected} if its type is
   *     against it
   */
  record Checked(Map<Submit, Rejected> refused, Map<Submit, Future<CheckedSubmit>> judged) {}

  /** Asks the types side by side: one that takes its time holds up its own results alone. */
  Checked check(List<Submit> submits) {
    var refused = new IdentityHashMap<Submit, Rejected>();
    var asked = asked(submits, refused);
    var evidence = evidence(asked);
    var judged = new IdentityHashMap<Submit, Future<CheckedSubmit>>();
    for (var one : asked) {
      judged.put(one.submit(), judge(one, evidence.get(one.submit())));
    }
    return new Checked(refused, judged);
  }

  private List<Asked> asked(List<Submit> submits, Map<Submit, Rejected> refused) {
    var items = find(submits);
    var known = types.resolve(items.values().stream().map(Found::version).toList()).await();
    var asked = new ArrayList<Asked>();
    for (var submit : submits) {
      var item = items.get(submit.itemId());
      var notHeld = notHeld(submit, item);
      if (notHeld != null) {
        refused.put(submit, notHeld);
      } else if (!known.containsKey(item.version())) {
        refused.put(submit, TypeMissing.of(item.held().orderType(), item.held().typeVersion()));
      } else {
        var type = known.get(item.version());
        if (type.parts() != null && type.parts().only()) {
          refused.put(submit, partsOnly(submit, type));
        } else {
          var order = type.readsOrderOnSubmission() ? order(item.held()) : null;
          asked.add(new Asked(submit, item, type, order));
        }
      }
    }
    return asked;
  }

  /**
   * @param evidence what was found of its evidence; null if none is named or wanted
   */
  private Future<CheckedSubmit> judge(Asked asked, Finding evidence) {
    return hooks
        .start(() -> violations(asked))
        .compose(
            violations -> {
              var all = evidence == null ? violations : joined(violations, evidence.violations());
              return all.isEmpty()
                  ? Future.succeededFuture(
                      CheckedSubmit.of(
                          asked.submit(),
                          asked.item().held(),
                          evidence == null ? List.of() : evidence.references()))
                  : refusedResults
                      .record(
                          asked.submit().caller(),
                          asked.item().held(),
                          all,
                          "The result was not valid")
                      .compose(told -> Future.failedFuture(invalid(asked, all)));
            });
  }

  /** What was found of those that have evidence, or must have some. */
  private Map<Submit, Finding> evidence(List<Asked> asked) {
    var concerned =
        asked.stream()
            .filter(one -> EvidenceCheck.concerns(one.type().evidence(), one.submit().evidence()))
            .toList();
    if (concerned.isEmpty()) {
      return Map.of();
    }
    var findings =
        evidence.check(
            concerned.stream()
                .map(
                    one ->
                        new Claim(
                            one.item().held().tenant(),
                            one.type().evidence(),
                            one.submit().evidence()))
                .toList());
    var found = new IdentityHashMap<Submit, Finding>();
    for (int i = 0; i < concerned.size(); i++) {
      found.put(concerned.get(i).submit(), findings.get(i));
    }
    return found;
  }

  private static List<Violation> joined(List<Violation> first, List<Violation> second) {
    return Stream.concat(first.stream(), second.stream()).toList();
  }

  /** Only who holds the item learns what is wrong with a result. */
  private Rejected notHeld(Submit submit, Found item) {
    return guard.check(
        "submit",
        submit.itemId(),
        item == null ? null : item.held(),
        submit.caller(),
        submit.proof());
  }

  private static Rejected partsOnly(Submit submit, OrderType type) {
    return new Rejected(
            ErrorCode.PARTS_ONLY,
            "The result of item %s cannot be submitted whole: %s takes it in parts only"
                .formatted(submit.itemId(), type.name()))
        .next("Submit its parts, then finalize the item");
  }

  private static Rejected invalid(Asked asked, List<Violation> violations) {
    var held = asked.item().held();
    boolean evidenceOnly = violations.stream().allMatch(SubmissionCheck::isOfEvidence);
    boolean anyEvidence = violations.stream().anyMatch(SubmissionCheck::isOfEvidence);
    var next = new ArrayList<String>();
    if (anyEvidence) {
      next.add("Upload what the evidence names with PUT /artifacts/{sha256}, and name it there");
    }
    next.add(
        "Correct the %s and submit again; the lease is still yours"
            .formatted(evidenceOnly ? "evidence" : "result"));
    return new Rejected(
        ErrorCode.INVALID,
        "The %s of item %s does not satisfy %s"
            .formatted(evidenceOnly ? "evidence" : "result", held.id(), held.orderType()),
        violations,
        next);
  }

  private static boolean isOfEvidence(Violation violation) {
    return violation.code().startsWith(EvidenceCheck.CODES)
        && violation.pointer().startsWith("/evidence");
  }

  private Map<UUID, Found> find(List<Submit> submits) {
    var items = new HashMap<UUID, Found>();
    var ids = submits.stream().map(Submit::itemId).toArray(UUID[]::new);
    for (Row row :
        commands.pool().preparedQuery(FIND).execute(Tuple.tuple().addArrayOfUUID(ids)).await()) {
      var held = HeldItem.of(row, row.getUUID("bundle"));
      items.put(
          held.id(),
          new Found(
              held,
              new ItemView(
                  held.id(), held.type(), row.getString("key"), row.getJsonObject("input"), null)));
    }
    return items;
  }

  private static List<Violation> violations(Asked asked) {
    try {
      return Pointers.under(
          "/result",
          asked
              .type()
              .validateSubmission(asked.order(), asked.item().view(), asked.submit().result()));
    } catch (TypeFailure e) {
      return List.of(new Violation("/result", "check_failed", e.getMessage()));
    }
  }

  private OrderView order(HeldItem item) {
    var known = orders.get(item.orderId());
    if (known != null) {
      return known;
    }
    var order = OrderStore.find(commands.pool(), item.tenant(), item.orderId()).view();
    if (order.payload().encode().length() <= LARGEST_REMEMBERED_CHARS) {
      orders.put(order.id(), order);
    }
    return order;
  }
}
