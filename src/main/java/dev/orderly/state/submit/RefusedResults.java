package dev.orderly.state.submit;

import dev.orderly.audit.AuditLog;
import dev.orderly.audit.Event;
import dev.orderly.audit.ViolationJson;
import dev.orderly.domain.Caller;
import dev.orderly.domain.EventType;
import dev.orderly.domain.Violation;
import dev.orderly.leasing.HeldItem;
import dev.orderly.state.Commands;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** A refused result changes nothing and leaves its line in the trail. */
public final class RefusedResults {
  private static final int RECORDED_VIOLATIONS = 20;

  private final Commands commands;

  public RefusedResults(Commands commands) {
    this.commands = commands;
  }

  /** Writes the line, in a transaction of its own. */
  public Future<Void> record(
      Caller caller, HeldItem item, List<Violation> violations, String message) {
    var errors = ViolationJson.of(violations.stream().limit(RECORDED_VIOLATIONS).toList());
    var event =
        Event.of(item.tenant(), item.orderId(), item.id(), EventType.REFUSED, caller.agent())
            .payload(
                new JsonObject()
                    .put("fence", item.fence())
                    .put("violations", violations.size())
                    .put("errors", errors))
            .message(message)
            .request(caller.requestId());
    return commands.async(connection -> AuditLog.append(connection, List.of(event)));
  }
}
