package dev.orderly.types;

import dev.orderly.domain.MediaType;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashSet;
import java.util.List;

/**
 * The evidence that a result must come with.
 *
 * @param required each a file of its own name
 */
public record EvidenceRules(List<Required> required) {
  public static final EvidenceRules NONE = new EvidenceRules(List.of());

  private static final int LONGEST_NAME = 200;

  public EvidenceRules {
    required = List.copyOf(required);
    var names = new HashSet<String>();
    for (var one : required) {
      if (!names.add(one.name())) {
        throw new IllegalArgumentException("evidence is required twice under " + one.name());
      }
    }
  }

  /**
   * A file that must have been uploaded.
   *
   * @param name what the evidence calls it, 1 to 200 characters
   * @param mediaTypes what it may be, with {@code type/*} for any of a kind; empty means anything
   * @param maxBytes the most that it may have; null means any number
   */
  public record Required(String name, List<MediaType> mediaTypes, Long maxBytes) {
    public Required {
      mediaTypes = List.copyOf(mediaTypes);
      if (name.isBlank() || name.length() > LONGEST_NAME) {
        throw new IllegalArgumentException("a name of evidence must have 1 to 200 characters");
      }
      if (maxBytes != null && maxBytes < 1) {
        throw new IllegalArgumentException("max_bytes must be at least 1");
      }
    }
  }

  /** What is required, as it goes on the wire. */
  public JsonArray toJson() {
    var list = new JsonArray();
    for (var one : required) {
      list.add(
          new JsonObject()
              .put("name", one.name())
              .put(
                  "media_types",
                  new JsonArray(one.mediaTypes().stream().map(MediaType::toString).toList()))
              .put("max_bytes", one.maxBytes()));
    }
    return list;
  }

  /** Whether a result can do without. */
  public boolean isEmpty() {
    return required.isEmpty();
  }
}
