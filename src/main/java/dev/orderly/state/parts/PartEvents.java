package dev.orderly.state.parts;

import dev.orderly.audit.Event;
import dev.orderly.domain.EventType;
import dev.orderly.domain.ItemState;
import dev.orderly.leasing.HeldItem;
import dev.orderly.state.TokenHolder;
import dev.orderly.state.parts.PartMessages.SubmitPart;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** What the audit trail says of parts. */
final class PartEvents {
  private static final int RECORDED_ERRORS = 20;

  private PartEvents() {}

  static Event submitted(SubmitPart command, HeldItem item, PartRow part, Ledger.Place place) {
    var payload = payload(command, item, part);
    if (!place.replaced().isEmpty()) {
      var replaced = new JsonArray();
      place.replaced().forEach(row -> replaced.add(row.seq()));
      payload.put("replaced", replaced);
    }
    return event(command, item, EventType.PART_SUBMITTED).payload(payload);
  }

  static Event rejected(SubmitPart command, HeldItem item, PartRow part, JsonArray errors) {
    var recorded = new JsonArray();
    errors.stream().limit(RECORDED_ERRORS).forEach(recorded::add);
    return event(command, item, EventType.PART_REJECTED)
        .payload(
            payload(command, item, part).put("violations", errors.size()).put("errors", recorded))
        .message("The part was not valid");
  }

  static Event begun(SubmitPart command, HeldItem item) {
    return event(command, item, EventType.IN_PROGRESS)
        .payload(new JsonObject().put("fence", item.fence()))
        .moved(ItemState.LEASED, ItemState.IN_PROGRESS);
  }

  private static JsonObject payload(SubmitPart command, HeldItem item, PartRow part) {
    var payload =
        new JsonObject()
            .put("part_id", part.id().toString())
            .put("part_key", part.key())
            .put("seq", part.seq())
            .put("checksum", part.checksum())
            .put("bytes", part.bytes())
            .put("fence", item.fence())
            .put("holder", TokenHolder.json(command.caller().actor()));
    if (command.evidence() != null) {
      payload.put("evidence", command.evidence());
    }
    if (command.notes() != null) {
      payload.put("notes", command.notes());
    }
    return payload;
  }

  private static Event event(SubmitPart command, HeldItem item, EventType type) {
    return Event.of(item.tenant(), item.orderId(), item.id(), type, command.caller().agent())
        .request(command.caller().requestId());
  }
}
