package dev.orderly.state.parts;

import dev.orderly.artifacts.ArtifactUses.Reference;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import dev.orderly.domain.Violation;
import dev.orderly.idempotency.Answer;
import dev.orderly.lifecycle.PartsProgress;
import dev.orderly.state.Commands;
import dev.orderly.state.Hooks;
import dev.orderly.state.Pointers;
import dev.orderly.state.StateMessages.Submit;
import dev.orderly.state.parts.HeldParts.Seen;
import dev.orderly.state.parts.PartMessages.Finalize;
import dev.orderly.state.parts.PartStore.InUse;
import dev.orderly.state.submit.CheckedSubmit;
import dev.orderly.state.submit.RefusedResults;
import dev.orderly.state.submit.SubmitItems;
import dev.orderly.types.TypeFailure;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/**
 * Assembles a result of the parts in use and hands it in, from where on it goes the way of every
 * other result. The type is asked before the transaction begins; if the parts have changed by then,
 * it is asked again.
 */
final class FinalizeItem {
  private static final String ACTION = "finalize";

  /** How often the parts may change between assembling them and writing the result. */
  private static final int TRIES = 20;

  private final Commands commands;
  private final HeldParts held;
  private final Hooks hooks;
  private final SubmitItems submits;

  FinalizeItem(Commands commands, HeldParts held, Hooks hooks, SubmitItems submits) {
    this.commands = commands;
    this.held = held;
    this.hooks = hooks;
    this.submits = submits;
  }

  /** What the rules said; the result is null if they failed. */
  private record Assembled(JsonObject result, List<Violation> violations) {}

  Answer run(Finalize command) {
    var earlier = commands.earlier(command.idempotency());
    if (earlier != null) {
      return earlier;
    }
    for (int tries = 0; tries < TRIES; tries++) {
      var seen = held.find(ACTION, command.itemId(), command.caller(), command.proof());
      var parts = PartStore.inUse(commands.pool(), command.itemId());
      if (!command.bestEffort()) {
        requireAll(seen);
      }
      var assembled = hooks.run(() -> assemble(seen, parts));
      var evidence =
          PartEvidence.check(commands.pool(), seen, seen.type().evidence(), command.evidence());
      var violations = new ArrayList<>(assembled.violations());
      violations.addAll(evidence.violations());
      if (!violations.isEmpty()) {
        throw invalid(command, seen, assembled.violations(), violations);
      }
      var answer = write(command, seen, parts, assembled.result(), evidence.references());
      if (answer != null) {
        return answer;
      }
    }
    throw new Rejected(
        ErrorCode.UNAVAILABLE,
        "Parts of item %s were changed again and again; finalize it again"
            .formatted(command.itemId()));
  }

  private void requireAll(Seen seen) {
    var id = seen.item().id();
    var progress = PartsProgress.read(commands.pool(), List.of(id)).await().get(id);
    if (progress == null) {
      return;
    }
    var missing = new ArrayList<Violation>();
    for (var required : progress.required()) {
      var key = (String) required;
      var status = progress.state().getJsonObject(key).getString("status");
      if (!status.equals(PartRow.Status.VALIDATED.wire())) {
        missing.add(
            new Violation(
                dev.orderly.types.json.Pointers.child("/parts_state", key),
                "part." + status,
                "Required part %s is %s".formatted(key, status)));
      }
    }
    if (!missing.isEmpty()) {
      throw new Rejected(
          ErrorCode.PARTS_MISSING,
          "Item %s cannot be finalized: %d of %d required parts are not there"
              .formatted(id, missing.size(), progress.required().size()),
          missing,
          List.of(
              "Submit the parts that are missing, then finalize again; the lease is still yours",
              "Finalize with mode best_effort to do without them"));
    }
  }

  private static Assembled assemble(Seen seen, InUse parts) {
    var rules = seen.spec().rules();
    try {
      var result = rules.assemble(seen.order(), seen.view(), parts.parts());
      if (result == null) {
        throw new TypeFailure("type %s assembled nothing".formatted(seen.type().name()), null);
      }
      return new Assembled(
          result,
          Pointers.under("/result", rules.validateAssembled(seen.order(), seen.view(), result)));
    } catch (TypeFailure e) {
      return new Assembled(
          null, List.of(new Violation("/result", "assembly_failed", e.getMessage())));
    }
  }

  /**
   * @param ofParts the violations that are the parts' fault; the others are the evidence's
   */
  private Rejected invalid(
      Finalize command, Seen seen, List<Violation> ofParts, List<Violation> violations) {
    new RefusedResults(commands)
        .record(command.caller(), seen.item(), violations, "The assembled result was not valid")
        .await();
    var next = new ArrayList<String>();
    if (ofParts.size() < violations.size()) {
      next.add("Upload what the evidence names with PUT /artifacts/{sha256}, and name it there");
    }
    next.add(
        "Correct the %s, then finalize again; the lease is still yours"
            .formatted(ofParts.isEmpty() ? "evidence" : "parts at fault"));
    return new Rejected(
        ErrorCode.INVALID,
        "The %s of item %s does not satisfy %s"
            .formatted(
                ofParts.isEmpty() ? "evidence" : "result assembled of the parts",
                command.itemId(),
                seen.type().name()),
        violations,
        next);
  }

  /** Null if the parts have changed meanwhile. */
  private Answer write(
      Finalize command, Seen seen, InUse parts, JsonObject result, List<Reference> artifacts) {
    var submit =
        new Submit(
            command.caller(),
            command.itemId(),
            command.proof(),
            result,
            command.evidence(),
            command.notes(),
            command.provenance(),
            command.idempotency());
    var checked = CheckedSubmit.assembled(submit, seen.item(), artifacts, account(command, parts));
    return submits.writeIf(
        checked,
        connection -> {
          // From here on no part can be added: all wait for the item's lock.
          held.lock(connection, ACTION, command.itemId(), command.caller(), command.proof());
          var now = PartStore.ledger(connection, command.itemId()).inUse();
          return now.size() == parts.rows().size() && now.containsAll(parts.rows());
        });
  }

  /** Of which parts the result is made, for the trail. */
  private static JsonObject account(Finalize command, InUse parts) {
    var used = new JsonArray();
    parts
        .rows()
        .forEach(
            part ->
                used.add(
                    new JsonObject()
                        .put("part_key", part.key())
                        .put("seq", part.seq())
                        .put("checksum", part.checksum())));
    return new JsonObject()
        .put("assembled", true)
        .put("mode", command.bestEffort() ? "best_effort" : "strict")
        .put("parts_count", used.size())
        .put("parts", used);
  }
}
