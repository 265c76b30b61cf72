package dev.orderly.state.submit;

import dev.orderly.artifacts.EvidenceCheck;
import dev.orderly.leasing.HandedOut;
import dev.orderly.leasing.KnownTypes;
import dev.orderly.leasing.LeaseGuard;
import dev.orderly.state.StateMessages.Submit;
import dev.orderly.types.OrderType;
import dev.orderly.types.TypeFailure;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * Judges at once, on an event loop, what needs neither the database nor more than a moment: small
 * results of items that this node handed out, whose types look at nothing else. It only ever says
 * yes: what it cannot take is left to {@link SubmissionCheck}, which reads the item's row, and a
 * yes that was wrong about the lease is found out as the result is written.
 */
public final class QuickCheck {
  private static final int LARGEST_CHARS = 8 * 1024;
  private static final int SHORTEST_CHARS = 4;

  private final HandedOut handedOut;
  private final LeaseGuard guard;
  private final KnownTypes types;

  public QuickCheck(HandedOut handedOut, LeaseGuard guard, KnownTypes types) {
    this.handedOut = handedOut;
    this.guard = guard;
    this.types = types;
  }

  /**
   * @return null if the result is to be looked at more closely
   */
  public CheckedSubmit check(Submit submit) {
    var item = handedOut.take(submit.itemId());
    if (item == null
        || guard.check("submit", item.id(), item, submit.caller(), submit.proof()) != null) {
      return null;
    }
    var type = types.ifKnown(KnownTypes.version(item));
    if (type == null
        || !type.judgesResultAlone()
        || type.parts() != null
        || EvidenceCheck.concerns(type.evidence(), submit.evidence())
        || without(submit.result(), LARGEST_CHARS) < 0
        || !isValid(type, submit)) {
      return null;
    }
    return CheckedSubmit.of(submit, item, List.of());
  }

  /**
   * About as many characters as are left of some when a value is written; it looks no further once
   * there are none.
   */
  private static int without(Object value, int chars) {
    int left = chars - SHORTEST_CHARS;
    switch (value) {
      case String text -> left -= text.length();
      case JsonObject object -> {
        for (var members = object.iterator(); left >= 0 && members.hasNext(); ) {
          var member = members.next();
          left = without(member.getValue(), left - member.getKey().length());
        }
      }
      case JsonArray array -> {
        for (var elements = array.iterator(); left >= 0 && elements.hasNext(); ) {
          left = without(elements.next(), left);
        }
      }
      case null, default -> {}
    }
    return left;
  }

  private static boolean isValid(OrderType type, Submit submit) {
    try {
      return type.validateSubmission(null, null, submit.result()).isEmpty();
    } catch (TypeFailure e) {
      // It is told as the result is looked at more closely.
      return false;
    }
  }
}
