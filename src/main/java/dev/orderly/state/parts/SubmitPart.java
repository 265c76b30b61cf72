package dev.orderly.state.parts;

import dev.orderly.artifacts.ArtifactUses.Reference;
import dev.orderly.audit.AuditLog;
import dev.orderly.audit.ViolationJson;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.ItemState;
import dev.orderly.domain.Rejected;
import dev.orderly.domain.Violation;
import dev.orderly.idempotency.Answer;
import dev.orderly.leasing.HeldItem;
import dev.orderly.lifecycle.ItemMove;
import dev.orderly.lifecycle.OrderEvents;
import dev.orderly.lifecycle.OrderEvents.Cause;
import dev.orderly.lifecycle.OrderProgress;
import dev.orderly.lifecycle.PartsProgress;
import dev.orderly.state.Commands;
import dev.orderly.state.Hooks;
import dev.orderly.state.Pointers;
import dev.orderly.state.parts.HeldParts.Seen;
import dev.orderly.types.EvidenceRules;
import dev.orderly.types.Part;
import dev.orderly.types.PartsSpec;
import dev.orderly.types.PartsSpec.Key;
import dev.orderly.types.TypeFailure;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlConnection;
import java.util.ArrayList;
import java.util.List;

/**
 * Takes one part of a result. The type is asked before the transaction begins; whether the caller
 * still holds the item, and what place the part takes, is decided under the item's lock. A part
 * that the type refuses is kept with what is wrong with it, and changes nothing of those in use.
 */
final class SubmitPart {
  private static final String ACTION = "submit a part of";

  /** How often a part's number may turn out to be taken by another that came at the same time. */
  private static final int TRIES = 20;

  /** The highest number that a part may have. */
  private static final int SEQ_MAX = 1_000_000_000;

  private final Commands commands;
  private final HeldParts held;
  private final Hooks hooks;

  SubmitPart(Commands commands, HeldParts held, Hooks hooks) {
    this.commands = commands;
    this.held = held;
    this.hooks = hooks;
  }

  /** What was found before the transaction. */
  private record Asked(
      Seen seen,
      Key key,
      PartContent content,
      int seq,
      JsonArray errors,
      List<Reference> artifacts) {}

  Answer run(PartMessages.SubmitPart command) {
    var earlier = commands.earlier(command.idempotency());
    if (earlier != null) {
      return earlier;
    }
    for (int tries = 0; tries < TRIES; tries++) {
      var asked = ask(command);
      var answer = commands.inTransaction(connection -> claimed(connection, command, asked));
      if (answer != null) {
        return answer;
      }
    }
    throw new Rejected(
        ErrorCode.UNAVAILABLE,
        "Other parts of %s were taken again and again; send this one again"
            .formatted(command.partKey()));
  }

  private Asked ask(PartMessages.SubmitPart command) {
    var seen = held.find(ACTION, command.itemId(), command.caller(), command.proof());
    var key =
        seen.spec()
            .find(command.partKey())
            .orElseThrow(() -> unknownKey(seen.spec(), command.partKey()));
    var content = PartContent.of(command.payload(), command.checksum(), seen.spec().maxPartBytes());
    requireRestart(command, key);
    int seq =
        command.seq() != null
            ? command.seq()
            : next(command, PartStore.ledger(commands.pool(), command.itemId()));
    // A copy: what is kept is what the checksum is of, whatever the type's code does to it.
    var part = new Part(command.partKey(), seq, command.payload().copy());
    var violations = new ArrayList<>(hooks.run(() -> violations(seen, part)));
    var evidence =
        PartEvidence.check(commands.pool(), seen, EvidenceRules.NONE, command.evidence());
    violations.addAll(evidence.violations());
    return new Asked(
        seen,
        key,
        content,
        seq,
        violations.isEmpty() ? null : ViolationJson.of(violations),
        evidence.references());
  }

  private static Rejected unknownKey(PartsSpec spec, String key) {
    var known =
        spec.keys().stream()
            .map(k -> k.key() == null ? "/" + k.pattern().pattern() + "/" : k.key())
            .toList();
    var detail = "There is no part %s; there are: %s".formatted(key, String.join(", ", known));
    return new Rejected(
        ErrorCode.UNKNOWN_PART_KEY,
        detail,
        List.of(new Violation("/part_key", "unknown_part_key", detail)),
        List.of("Send the part under one of these keys"));
  }

  private static void requireRestart(PartMessages.SubmitPart command, Key key) {
    if (!command.restart()) {
      return;
    }
    if (key.mode() != PartsSpec.Mode.CHUNKS) {
      throw restart("Only parts in chunks can be begun anew; a later part replaces this one");
    }
    if (command.seq() != null && command.seq() != 0) {
      throw restart("What is begun anew begins with chunk 0");
    }
  }

  private static Rejected restart(String detail) {
    return Rejected.invalid(detail, List.of(new Violation("/restart", "restart", detail)));
  }

  private static int next(PartMessages.SubmitPart command, Ledger ledger) {
    return Math.min(SEQ_MAX, ledger.next(command.partKey(), command.restart()));
  }

  private static List<Violation> violations(Seen seen, Part part) {
    try {
      return Pointers.under(
          "/payload", seen.spec().rules().validatePart(seen.order(), seen.view(), part));
    } catch (TypeFailure e) {
      return List.of(new Violation("/payload", "check_failed", e.getMessage()));
    }
  }

  /** Null if the part is not the next any more. */
  private Answer claimed(SqlConnection connection, PartMessages.SubmitPart command, Asked asked) {
    var earlier = commands.idempotency().claim(connection, command.idempotency());
    if (earlier != null) {
      return earlier;
    }
    var item = held.lock(connection, ACTION, command.itemId(), command.caller(), command.proof());
    var ledger = PartStore.ledger(connection, item.id());
    if (command.seq() == null && next(command, ledger) != asked.seq()) {
      return null;
    }
    if (!PartEvidence.hold(connection, asked.artifacts())) {
      return null;
    }
    var answer = write(connection, command, asked, item, ledger);
    commands.idempotency().store(connection, command.idempotency(), answer);
    return answer;
  }

  private static Answer write(
      SqlConnection connection,
      PartMessages.SubmitPart command,
      Asked asked,
      HeldItem item,
      Ledger ledger) {
    var place =
        ledger.place(
            asked.key().mode(),
            command.partKey(),
            asked.seq(),
            command.restart(),
            asked.content().checksum(),
            item.fence());
    if (place.same() != null) {
      return answer(connection, item, place.same(), null);
    }
    begin(connection, command, item);
    return asked.errors() == null
        ? accept(connection, command, asked, item, ledger, place)
        : reject(connection, command, asked, item, ledger);
  }

  private static Answer accept(
      SqlConnection connection,
      PartMessages.SubmitPart command,
      Asked asked,
      HeldItem item,
      Ledger ledger,
      Ledger.Place place) {
    var limits = asked.seen().spec();
    ledger.requireRoom(limits, place, asked.content().bytes());
    PartStore.supersede(connection, place.replaced());
    PartEvidence.record(connection, item, asked.artifacts());
    var part = PartStore.insert(connection, row(command, asked, item));
    if (!place.replaced().isEmpty()) {
      PartStore.prune(connection, item.id(), limits);
    }
    AuditLog.append(connection, List.of(PartEvents.submitted(command, item, part, place))).await();
    return answer(connection, item, part, null);
  }

  /** The same bad part sent again is one part. */
  private static Answer reject(
      SqlConnection connection,
      PartMessages.SubmitPart command,
      Asked asked,
      HeldItem item,
      Ledger ledger) {
    var there = ledger.rejected(command.partKey(), asked.seq(), asked.content().checksum());
    PartRow part;
    if (there == null) {
      part = PartStore.insert(connection, row(command, asked, item));
      PartStore.prune(connection, item.id(), asked.seen().spec());
    } else {
      part = PartStore.findAgain(connection, there, asked.errors());
    }
    AuditLog.append(connection, List.of(PartEvents.rejected(command, item, part, asked.errors())))
        .await();
    return answer(connection, item, part, asked.errors());
  }

  private static PartStore.New row(PartMessages.SubmitPart command, Asked asked, HeldItem item) {
    return new PartStore.New(
        command, asked.key().mode(), asked.seq(), item.fence(), asked.content(), asked.errors());
  }

  /** The first part shows that work has begun, as the first heartbeat does. */
  private static void begin(
      SqlConnection connection, PartMessages.SubmitPart command, HeldItem item) {
    if (item.state() != ItemState.LEASED) {
      return;
    }
    PartStore.begin(connection, item.id());
    AuditLog.append(connection, List.of(PartEvents.begun(command, item))).await();
    var move = new ItemMove(item.orderId(), item.id(), ItemState.LEASED, ItemState.IN_PROGRESS);
    var orders = OrderProgress.record(connection, List.of(move)).await();
    var cause = Cause.agent(item.orderId(), command.caller());
    AuditLog.append(connection, OrderEvents.of(orders, List.of(cause))).await();
  }

  /**
   * @param errors null if the part is in use
   */
  private static Answer answer(
      SqlConnection connection, HeldItem item, PartRow part, JsonArray errors) {
    var progress = PartsProgress.read(connection, List.of(item.id())).await().get(item.id());
    var body =
        new JsonObject()
            .put("part", part.toJson())
            .put("item_parts_state", progress == null ? new JsonObject() : progress.state());
    if (errors == null) {
      return Answer.of(202, body);
    }
    return Answer.of(
        422,
        body.put(
                "detail",
                "Part %s, number %d, does not satisfy %s; it is kept as rejected and is not used"
                    .formatted(part.key(), part.seq(), item.orderType()))
            .put("errors", errors)
            .put(
                "next_actions",
                new JsonArray()
                    .add("Correct the part and submit it again; the lease is still yours")));
  }
}
