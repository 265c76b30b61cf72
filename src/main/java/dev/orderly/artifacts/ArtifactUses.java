package dev.orderly.artifacts;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/** Which submissions name which artifacts; written with the submission, in its transaction. */
public final class ArtifactUses {
  // Locked in one order by all. The rows cannot be removed or labelled anew until the transaction
  // ends.
  private static final String HOLD =
      """
      select a.tenant, a.sha256, a.media_type
      from unnest($1::text[], $2::text[]) x(tenant, sha256)
        join artifacts a on a.tenant = x.tenant and a.sha256 = x.sha256
      order by a.tenant, a.sha256 for share of a
      """;

  private static final String RECORD =
      """
      insert into artifact_uses (item_id, tenant, sha256, order_id)
      select * from unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[])
      on conflict (item_id, sha256) do nothing
      """;

  private ArtifactUses() {}

  /**
   * An artifact as it was when evidence was held against it.
   *
   * @param mediaType what it was labelled as then
   */
  public record Reference(String tenant, String sha256, String mediaType) {}

  /** An item whose submission names an artifact. */
  public record Use(UUID orderId, UUID itemId, Reference artifact) {}

  /**
   * Holds artifacts until the transaction ends. Before anything else is locked: uploads and
   * removals lock artifacts only.
   *
   * @return those that are still as they were seen
   */
  public static Future<Set<Reference>> hold(
      SqlConnection connection, Collection<Reference> references) {
    var distinct = List.copyOf(Set.copyOf(references));
    return connection
        .preparedQuery(HOLD)
        .execute(
            Tuple.tuple()
                .addArrayOfString(distinct.stream().map(Reference::tenant).toArray(String[]::new))
                .addArrayOfString(distinct.stream().map(Reference::sha256).toArray(String[]::new)))
        .map(
            rows -> {
              var held = new HashSet<Reference>();
              for (Row row : rows) {
                held.add(
                    new Reference(
                        row.getString("tenant"),
                        row.getString("sha256"),
                        row.getString("media_type")));
              }
              return held;
            });
  }

  /** Notes uses of artifacts that are held. */
  public static Future<Void> record(SqlConnection connection, List<Use> uses) {
    return connection
        .preparedQuery(RECORD)
        .execute(
            Tuple.tuple()
                .addArrayOfUUID(uses.stream().map(Use::itemId).toArray(UUID[]::new))
                .addArrayOfString(
                    uses.stream().map(use -> use.artifact().tenant()).toArray(String[]::new))
                .addArrayOfString(
                    uses.stream().map(use -> use.artifact().sha256()).toArray(String[]::new))
                .addArrayOfUUID(uses.stream().map(Use::orderId).toArray(UUID[]::new)))
        .mapEmpty();
  }
}
