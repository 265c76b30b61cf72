package dev.orderly.audit;

import dev.orderly.domain.Caller;
import dev.orderly.domain.Provenance;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;

/** Keeps what callers said of themselves, in the transaction of what they did. */
public final class ProvenanceLog {
  private static final String APPEND =
      """
      insert into work_provenance (tenant, order_id, item_id, operation, agent_id, agent_type, agent_name,
        agent_version, model_name, runtime, request_id, request_fingerprint)
      select * from unnest($1::text[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[],
        $8::text[], $9::text[], $10::text[], $11::text[], $12::text[])
      """;

  private ProvenanceLog() {}

  /**
   * @param itemId null if it concerns the order as a whole
   * @param operation {@code propose} or {@code submit}
   */
  public record Entry(
      UUID orderId, UUID itemId, String operation, Caller caller, Provenance provenance) {}

  /** Records entries in their order; no entries cost nothing. */
  public static Future<Void> append(SqlConnection connection, List<Entry> entries) {
    if (entries.isEmpty()) {
      return Future.succeededFuture();
    }
    return connection
        .preparedQuery(APPEND)
        .execute(
            Tuple.tuple()
                .addArrayOfString(strings(entries, e -> e.caller().tenant()))
                .addArrayOfUUID(entries.stream().map(Entry::orderId).toArray(UUID[]::new))
                .addArrayOfUUID(entries.stream().map(Entry::itemId).toArray(UUID[]::new))
                .addArrayOfString(strings(entries, Entry::operation))
                .addArrayOfString(strings(entries, e -> e.caller().agentId()))
                .addArrayOfString(strings(entries, e -> Provenance.agentType(e.caller().agentId())))
                .addArrayOfString(strings(entries, e -> e.provenance().agentName()))
                .addArrayOfString(strings(entries, e -> e.provenance().agentVersion()))
                .addArrayOfString(strings(entries, e -> e.provenance().modelName()))
                .addArrayOfString(strings(entries, e -> e.provenance().runtime()))
                .addArrayOfString(strings(entries, e -> e.caller().requestId()))
                .addArrayOfString(strings(entries, e -> e.provenance().fingerprint())))
        .mapEmpty();
  }

  private static String[] strings(List<Entry> entries, Function<Entry, String> column) {
    return entries.stream().map(column).toArray(String[]::new);
  }
}
