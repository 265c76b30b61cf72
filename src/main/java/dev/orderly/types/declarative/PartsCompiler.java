package dev.orderly.types.declarative;

import dev.orderly.types.PartsSpec;
import dev.orderly.types.PartsSpec.Mode;
import dev.orderly.types.declarative.DeclaredParts.DeclaredKey;
import dev.orderly.types.json.PlainJson;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Reads how the results of a declared type are handed in by parts. */
final class PartsCompiler {
  private final TypeDraft draft;
  private final Function<TypeDraft.Section, List<Rule>> rules;

  /**
   * @param rules reads the checks of a section
   */
  PartsCompiler(TypeDraft draft, Function<TypeDraft.Section, List<Rule>> rules) {
    this.draft = draft;
    this.rules = rules;
  }

  /** Null if there is no such section; without the keys that are faulty. */
  DeclaredParts parts(TypeDraft.Section root) {
    if (!root.has("parts")) {
      return null;
    }
    var section = root.section("parts");
    var keys = keys(section);
    var parts =
        new DeclaredParts(
            keys,
            section.isTrue("only"),
            section.number("max_count", PartsSpec.USUAL_COUNT),
            section.number("max_part_bytes", PartsSpec.USUAL_PART_BYTES),
            section.number("max_total_bytes", PartsSpec.USUAL_TOTAL_BYTES),
            draft.expression(section, "required"),
            draft.expression(section, "assemble"),
            rules.apply(section));
    // What a spec refuses is among the faults; it must not be made then.
    return draft.faults().isEmpty() ? parts : null;
  }

  private List<DeclaredKey> keys(TypeDraft.Section parts) {
    var keys = new ArrayList<DeclaredKey>();
    var seen = new HashSet<String>();
    for (var section : parts.sections("keys")) {
      var schema = draft.schema(section, "schema");
      var checks = rules.apply(section);
      var key = key(section);
      if (key == null) {
        continue;
      }
      if (key.key() != null && !seen.add(key.key())) {
        draft.fault(section.at("key"), "the key %s is there already".formatted(key.key()));
      }
      keys.add(new DeclaredKey(key, schema, checks));
    }
    return keys;
  }

  /** Null if it is faulty. */
  private PartsSpec.Key key(TypeDraft.Section section) {
    if (section.has("key") == section.has("pattern")) {
      draft.fault(section.pointer(), "expected one of key and pattern");
      return null;
    }
    if (section.isTrue("required") && section.has("pattern")) {
      draft.fault(
          section.at("required"),
          "what fits a pattern cannot be; name such keys in parts.required");
      return null;
    }
    var text = section.text("key", null);
    var pattern = pattern(section);
    boolean readable = text == null ? pattern != null : fits(text);
    return readable
        ? new PartsSpec.Key(
            text,
            pattern,
            section.text("mode", "replace").equals("chunks") ? Mode.CHUNKS : Mode.REPLACE,
            section.has("schema") ? PlainJson.frozen(section.section("schema").json()) : null,
            section.isTrue("required"))
        : null;
  }

  /** What does not the structure check tells of. */
  private static boolean fits(String key) {
    return !key.isEmpty() && key.length() <= PartsSpec.LONGEST_KEY;
  }

  private Pattern pattern(TypeDraft.Section section) {
    var text = section.text("pattern", null);
    if (text == null) {
      return null;
    }
    try {
      return Pattern.compile(text);
    } catch (PatternSyntaxException e) {
      draft.fault(section.at("pattern"), "not a regular expression: " + e.getDescription());
      return null;
    }
  }
}
