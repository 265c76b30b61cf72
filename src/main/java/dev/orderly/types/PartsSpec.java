package dev.orderly.types;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * How the results of a type may be handed in by parts.
 *
 * @param keys the parts that there are, at least one; the first that fits a part's key counts
 * @param rules what the type thinks of them
 * @param only whether a result cannot be submitted whole
 * @param maxCount parts in use per item
 * @param maxPartBytes of one part's payload, as canonical JSON
 * @param maxTotalBytes of the payloads in use per item, as canonical JSON
 */
public record PartsSpec(
    List<Key> keys,
    PartRules rules,
    boolean only,
    int maxCount,
    int maxPartBytes,
    int maxTotalBytes) {
  public static final int USUAL_COUNT = 100;
  public static final int USUAL_PART_BYTES = 1 << 20;
  public static final int USUAL_TOTAL_BYTES = 16 << 20;

  /** The longest key of a part, in characters. */
  public static final int LONGEST_KEY = 120;

  /** How the parts of one key follow each other. */
  public enum Mode {
    /** A part replaces those with a lower sequence number. */
    REPLACE,
    /** All parts count, in the order of their numbers: 0, 1, 2, and so on without gaps. */
    CHUNKS;

    public String wire() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * A part that there is, or several whose keys fit a pattern.
   *
   * @param key null if there is a pattern
   * @param pattern what the whole key must be; null if there is a key
   * @param schema JSON Schema 2020-12 of a part's payload, for whoever asks; null if there is none
   * @param required whether no result can be assembled without it; never for a pattern
   */
  public record Key(String key, Pattern pattern, Mode mode, JsonObject schema, boolean required) {
    public Key {
      require((key == null) != (pattern == null), "expected a key or a pattern, and not both");
      require(
          key == null || (!key.isEmpty() && key.length() <= LONGEST_KEY),
          "a key must have 1 to %d characters".formatted(LONGEST_KEY));
      require(!required || key != null, "what fits a pattern cannot be required");
    }

    /** A part that is replaced by a later one. */
    public static Key of(String key) {
      return new Key(key, null, Mode.REPLACE, null, false);
    }

    /** Parts whose keys fit a regular expression, each replaced by a later one. */
    public static Key matching(String regex) {
      return new Key(null, Pattern.compile(regex), Mode.REPLACE, null, false);
    }

    /** The same in ordered chunks. */
    public Key chunks() {
      return new Key(key, pattern, Mode.CHUNKS, schema, required);
    }

    /** The same with a schema. */
    public Key schema(JsonObject other) {
      return new Key(key, pattern, mode, other, required);
    }

    /** The same, required. */
    public Key asRequired() {
      return new Key(key, pattern, mode, schema, true);
    }

    boolean fits(String partKey) {
      return key == null ? pattern.matcher(partKey).matches() : key.equals(partKey);
    }

    JsonObject toJson() {
      var json = new JsonObject();
      if (key == null) {
        json.put("pattern", pattern.pattern());
      } else {
        json.put("key", key);
      }
      return json.put("mode", mode.wire()).put("required", required).put("schema", schema);
    }
  }

  public PartsSpec {
    require(!keys.isEmpty(), "a type that takes parts needs at least one key");
    require(maxCount >= 1, "max_count must be at least 1");
    require(maxPartBytes >= 1, "max_part_bytes must be at least 1");
    require(maxTotalBytes >= 1, "max_total_bytes must be at least 1");
    keys = List.copyOf(keys);
  }

  /** With the usual limits, and results also taken whole. */
  public static PartsSpec of(PartRules rules, Key... keys) {
    return new PartsSpec(
        List.of(keys), rules, false, USUAL_COUNT, USUAL_PART_BYTES, USUAL_TOTAL_BYTES);
  }

  /** The same, with results taken in parts only. */
  public PartsSpec onlyParts() {
    return new PartsSpec(keys, rules, true, maxCount, maxPartBytes, maxTotalBytes);
  }

  /** The same with none of the limits higher than these. */
  public PartsSpec within(int count, int partBytes, int totalBytes) {
    return new PartsSpec(
        keys,
        rules,
        only,
        Math.min(maxCount, count),
        Math.min(maxPartBytes, partBytes),
        Math.min(maxTotalBytes, totalBytes));
  }

  /** What a part of this key is held against; empty if the type takes no such part. */
  public Optional<Key> find(String partKey) {
    return partKey.isEmpty() || partKey.length() > LONGEST_KEY
        ? Optional.empty()
        : keys.stream().filter(key -> key.fits(partKey)).findFirst();
  }

  /** The keys that are required by themselves. */
  public List<String> requiredKeys() {
    return keys.stream().filter(Key::required).map(Key::key).toList();
  }

  /**
   * The parts as one object: under each key its payload, or the list of them if it is in chunks.
   *
   * @param parts of known keys, by key and sequence
   */
  public Map<String, Object> byKey(List<Part> parts) {
    var all = new LinkedHashMap<String, Object>();
    for (var part : parts) {
      if (find(part.key()).orElseThrow().mode() == Mode.REPLACE) {
        all.put(part.key(), part.payload());
      } else {
        ((JsonArray) all.computeIfAbsent(part.key(), key -> new JsonArray())).add(part.payload());
      }
    }
    return all;
  }

  /** For agents, and whoever else wants to know what parts there are. */
  public JsonObject toJson() {
    var all = new JsonArray();
    keys.forEach(key -> all.add(key.toJson()));
    return new JsonObject()
        .put("keys", all)
        .put("only", only)
        .put("max_count", maxCount)
        .put("max_part_bytes", maxPartBytes)
        .put("max_total_bytes", maxTotalBytes);
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new IllegalArgumentException(message);
    }
  }
}
