package dev.orderly.leasing;

import dev.orderly.domain.Refusal;
import dev.orderly.leasing.KnownTypes.Version;
import dev.orderly.leasing.LeaseMessages.CheckedOut;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Answers to checkouts that travelled together, in their order. Items of one type share its schema,
 * which would otherwise be most of what goes over the wire.
 *
 * @param schemas of results, each once
 */
public record CheckoutReplies(List<Reply> replies, List<ResultSchema> schemas) {

  /** What became of one of many checkouts; exactly one of both is given. */
  public record Reply(CheckedOut checkedOut, Refusal refusal) {
    private Reply with(UnaryOperator<LeasedItem> change) {
      return checkedOut == null
          ? this
          : new Reply(new CheckedOut(checkedOut.items().stream().map(change).toList()), null);
    }
  }

  /** A type's schema of results, in the version that an order was proposed under. */
  public record ResultSchema(String orderType, String typeVersion, JsonObject schema) {}

  /** Packs answers for their way. */
  public static CheckoutReplies pack(List<Reply> replies) {
    var schemas = new ArrayList<ResultSchema>();
    Map<Version, JsonObject> packed = new HashMap<>();
    var without =
        replies.stream()
            .map(
                reply ->
                    reply.with(
                        item -> {
                          if (packed.put(item.version(), item.resultSchema()) == null) {
                            schemas.add(
                                new ResultSchema(
                                    item.orderType(), item.typeVersion(), item.resultSchema()));
                          }
                          return item.withResultSchema(null);
                        }))
            .toList();
    return new CheckoutReplies(without, schemas);
  }

  /** The answers as they were packed. */
  public List<Reply> unpack() {
    var byVersion = new HashMap<Version, JsonObject>();
    for (var one : schemas) {
      byVersion.put(new Version(one.orderType(), one.typeVersion()), one.schema());
    }
    return replies.stream()
        .map(reply -> reply.with(item -> item.withResultSchema(byVersion.get(item.version()))))
        .toList();
  }
}
