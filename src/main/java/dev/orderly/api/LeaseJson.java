package dev.orderly.api;

import dev.orderly.domain.Rejected;
import dev.orderly.domain.Violation;
import dev.orderly.idempotency.Answer;
import dev.orderly.leasing.LeaseMessages.Ending;
import dev.orderly.leasing.LeaseMessages.Extended;
import dev.orderly.leasing.LeaseMessages.Extension;
import dev.orderly.leasing.LeaseMessages.LeaseStatus;
import dev.orderly.leasing.LeaseProof;
import dev.orderly.state.StateMessages.Taken;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.UUID;

/** Leases on the wire, whatever carries them. */
public final class LeaseJson {
  private LeaseJson() {}

  /** What the caller shows for its lease. */
  public static LeaseProof proof(JsonObject body) {
    var token = body.getString("lease_token");
    var fence = body.getLong("fence");
    return token == null && fence == null ? LeaseProof.NONE : new LeaseProof(token, fence);
  }

  /**
   * The entries of {@code items}, each with an {@code item_id} of its own.
   *
   * @throws Rejected {@code invalid} if an item is named twice: one of the answers would not be
   *     true
   */
  public static List<JsonObject> entries(JsonObject body) {
    var items = body.getJsonArray("items");
    var entries = new ArrayList<JsonObject>(items.size());
    var seen = new HashSet<UUID>();
    var again = new ArrayList<Violation>();
    for (int i = 0; i < items.size(); i++) {
      var entry = items.getJsonObject(i);
      if (!seen.add(itemId(entry))) {
        again.add(
            new Violation(
                "/items/%d/item_id".formatted(i),
                "item.duplicate",
                "The item is named more than once"));
      }
      entries.add(entry);
    }
    if (!again.isEmpty()) {
      throw Rejected.invalid("An item can be named once in a request", again);
    }
    return entries;
  }

  public static UUID itemId(JsonObject entry) {
    return UUID.fromString(entry.getString("item_id"));
  }

  public static JsonObject encode(Extended extended) {
    return new JsonObject()
        .put("item_id", extended.itemId().toString())
        .put("state", extended.state().wire())
        .put("lease_expires_at", extended.expiresAt().toString())
        .put("heartbeat_every_seconds", extended.heartbeatEverySeconds());
  }

  /** Whether a lease is current. */
  public static JsonObject encode(LeaseStatus lease) {
    var json =
        new JsonObject()
            .put("current", lease.current())
            .put("item_id", lease.itemId().toString())
            .put("fence", lease.fence());
    return lease.current()
        ? json.put("agent_id", lease.agentId()).put("expires_at", lease.expiresAt().toString())
        : json.put("reason", lease.reason());
  }

  /** One attached lease's entry in {@code results}. */
  public static JsonObject attached(LeaseStatus lease) {
    return result(lease.itemId(), 200)
        .put("fence", lease.fence())
        .put("lease_expires_at", lease.expiresAt().toString())
        .put("heartbeat_every_seconds", lease.heartbeatEverySeconds());
  }

  /** One heartbeat's entry in {@code results}. */
  public static JsonObject result(UUID itemId, Extension extension) {
    return extension.refusal() == null
        ? result(itemId, 200).mergeIn(encode(extension.extended()))
        : result(itemId, extension.refusal().toRejected());
  }

  /** One release's entry in {@code results}. */
  public static JsonObject result(UUID itemId, Ending ending) {
    return ending.refusal() == null
        ? result(itemId, 200).mergeIn(ending.ended().toJson())
        : result(itemId, ending.refusal().toRejected());
  }

  /** One submit's entry in {@code results}. */
  public static JsonObject result(UUID itemId, Taken taken) {
    return taken.refusal() == null
        ? result(itemId, taken.answer())
        : result(itemId, taken.refusal().toRejected());
  }

  private static JsonObject result(UUID itemId, Answer answer) {
    var result = result(itemId, answer.status()).mergeIn(answer.body());
    return answer.replayed() ? result.put("replayed", true) : result;
  }

  /** A refused one's entry in {@code results}. */
  public static JsonObject result(UUID itemId, Rejected rejected) {
    return result(itemId, rejected.code().status()).put("problem", ProblemJson.of(rejected));
  }

  private static JsonObject result(UUID itemId, int status) {
    return new JsonObject().put("item_id", itemId.toString()).put("status", status);
  }
}
