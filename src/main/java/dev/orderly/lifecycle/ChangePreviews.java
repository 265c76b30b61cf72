package dev.orderly.lifecycle;

import dev.orderly.bus.Address;
import dev.orderly.domain.Sha256;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/** What orders' changes are going to be, as the feature that makes them can tell. */
public final class ChangePreviews {
  /** How long a prediction may take, its reply not included. */
  public static final Duration LIMIT = Duration.ofSeconds(10);

  /** How long to wait for the reply. */
  public static final Duration REPLY_LIMIT = LIMIT.plusSeconds(5);

  /** Tells what a submitted order's change would be. */
  public static final Address<Preview, Previewed> PREVIEW =
      new Address<>("apply.preview", Preview.class, Previewed.class);

  /** Makes sure that a submitted order has a stored prediction, if its approval needs one. */
  public static final Address<Prepare, Prepared> PREPARE =
      new Address<>("apply.prepare", Prepare.class, Prepared.class);

  private ChangePreviews() {}

  /**
   * @param fresh whether a stored prediction is made anew
   */
  public record Preview(String tenant, UUID orderId, boolean fresh) {}

  /** As it goes on the wire. */
  public record Previewed(JsonObject body) {}

  public record Prepare(String tenant, UUID orderId) {}

  /**
   * @param basis what the stored prediction was made from; null if the approval needs none
   * @param digest of that prediction; null with it
   */
  public record Prepared(String basis, String digest) {

    /** The approval needs no prediction. */
    public static final Prepared NONE = new Prepared(null, null);

    public boolean isNone() {
      return basis == null;
    }
  }

  /**
   * Names the submissions that a prediction is made from.
   *
   * @param fences of all submitted and accepted items, by their ids
   */
  public static String basis(Map<UUID, Long> fences) {
    var text = new StringBuilder();
    var sorted = new TreeMap<String, Long>();
    fences.forEach((id, fence) -> sorted.put(id.toString(), fence));
    sorted.forEach((id, fence) -> text.append(id).append(':').append(fence).append('\n'));
    return Sha256.hex(text.toString());
  }
}
