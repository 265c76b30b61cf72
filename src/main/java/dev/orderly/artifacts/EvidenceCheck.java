package dev.orderly.artifacts;

import dev.orderly.artifacts.ArtifactUses.Reference;
import dev.orderly.domain.Violation;
import dev.orderly.types.EvidenceRules;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Holds the evidence of submissions against what was uploaded and what their types require. Before
 * the transaction; {@link ArtifactUses} sees to it that what was found still holds within.
 */
public final class EvidenceCheck {
  /** What the codes of its violations begin with. */
  public static final String CODES = "evidence.";

  private static final String FIND =
      """
      select a.tenant, a.id, a.sha256, a.bytes, a.media_type, a.place, a.created_at
      from unnest($1::text[], $2::text[]) x(tenant, sha256)
        join artifacts a on a.tenant = x.tenant and a.sha256 = x.sha256
      """;

  private final Pool pool;

  public EvidenceCheck(Pool pool) {
    this.pool = pool;
  }

  /**
   * What one submission says.
   *
   * @param evidence null if it says nothing
   */
  public record Claim(String tenant, EvidenceRules rules, JsonArray evidence) {}

  /**
   * @param violations pointers from the submission's root, all under {@code /evidence}; empty if
   *     nothing is wrong
   * @param references the artifacts that it names; empty if something is wrong
   */
  public record Finding(List<Violation> violations, List<Reference> references) {}

  private record Key(String tenant, String sha256) {}

  /** False if there is nothing to look at, which is the usual case. */
  public static boolean concerns(EvidenceRules rules, JsonArray evidence) {
    return !rules.isEmpty() || (evidence != null && !evidence.isEmpty());
  }

  /**
   * On a virtual thread; one statement for all, or none if nobody names an artifact.
   *
   * @return in the order of the claims
   */
  public List<Finding> check(List<Claim> claims) {
    var artifacts = find(claims);
    return claims.stream()
        .map(
            claim ->
                new EvidenceReader(
                        claim.rules(), sha256 -> artifacts.get(new Key(claim.tenant(), sha256)))
                    .read(claim))
        .toList();
  }

  private Map<Key, Artifact> find(List<Claim> claims) {
    var named = new LinkedHashSet<Key>();
    for (var claim : claims) {
      digests(claim).forEach(sha256 -> named.add(new Key(claim.tenant(), sha256)));
    }
    var found = new HashMap<Key, Artifact>();
    if (named.isEmpty()) {
      return found;
    }
    var rows =
        pool.preparedQuery(FIND)
            .execute(
                Tuple.tuple()
                    .addArrayOfString(named.stream().map(Key::tenant).toArray(String[]::new))
                    .addArrayOfString(named.stream().map(Key::sha256).toArray(String[]::new)))
            .await();
    for (Row row : rows) {
      var artifact = Artifact.of(row);
      found.put(new Key(row.getString("tenant"), artifact.sha256()), artifact);
    }
    return found;
  }

  private static Stream<String> digests(Claim claim) {
    return claim.evidence() == null
        ? Stream.empty()
        : claim.evidence().stream()
            .filter(JsonObject.class::isInstance)
            .map(entry -> ((JsonObject) entry).getValue("sha256"))
            .filter(EvidenceReader::isDigest)
            .map(digest -> ((String) digest).toLowerCase(Locale.ROOT));
  }
}
