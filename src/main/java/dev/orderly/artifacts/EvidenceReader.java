package dev.orderly.artifacts;

import dev.orderly.artifacts.ArtifactUses.Reference;
import dev.orderly.artifacts.EvidenceCheck.Claim;
import dev.orderly.artifacts.EvidenceCheck.Finding;
import dev.orderly.domain.MediaType;
import dev.orderly.domain.Quoted;
import dev.orderly.domain.Sha256;
import dev.orderly.domain.Violation;
import dev.orderly.types.EvidenceRules;
import dev.orderly.types.EvidenceRules.Required;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Reads one submission's evidence, entry by entry. */
final class EvidenceReader {
  private static final Pattern DIGEST = Pattern.compile("[0-9a-fA-F]{64}");
  private static final String EVIDENCE = "/evidence";

  private final EvidenceRules rules;
  private final Function<String, Artifact> uploaded;
  private final List<Violation> violations = new ArrayList<>();
  private final List<Reference> references = new ArrayList<>();

  /**
   * @param uploaded the tenant's artifact with a digest, or null
   */
  EvidenceReader(EvidenceRules rules, Function<String, Artifact> uploaded) {
    this.rules = rules;
    this.uploaded = uploaded;
  }

  static boolean isDigest(Object value) {
    return value instanceof String text && DIGEST.matcher(text).matches();
  }

  Finding read(Claim claim) {
    var evidence = claim.evidence() == null ? new JsonArray() : claim.evidence();
    for (int i = 0; i < evidence.size(); i++) {
      var pointer = EVIDENCE + "/" + i;
      if (evidence.getValue(i) instanceof JsonObject entry) {
        read(claim.tenant(), entry, pointer);
      } else {
        fault(pointer, "invalid", "must be an object");
      }
    }
    for (var required : rules.required()) {
      if (evidence.stream().noneMatch(entry -> isNamed(entry, required.name()))) {
        fault(
            EVIDENCE,
            "missing",
            "the evidence %s is required: an uploaded artifact%s"
                .formatted(Quoted.of(required.name()), words(required)));
      }
    }
    return new Finding(violations, violations.isEmpty() ? references : List.of());
  }

  private void read(String tenant, JsonObject entry, String pointer) {
    var required = required(entry);
    if (entry.getValue("content") instanceof String content) {
      content(entry, content, pointer);
    }
    Artifact artifact = null;
    if (entry.getValue("sha256") != null) {
      if (!isDigest(entry.getValue("sha256"))) {
        fault(pointer + "/sha256", "invalid", "must be a SHA-256 in 64 hexadecimal digits");
        return;
      }
      artifact = uploaded.apply(entry.getString("sha256").toLowerCase(Locale.ROOT));
    }
    if (artifact != null) {
      agrees(entry, artifact, pointer);
      references.add(new Reference(tenant, artifact.sha256(), artifact.mediaType()));
    }
    if (required != null) {
      satisfies(required, entry, artifact, pointer);
    } else if (artifact == null && entry.containsKey("sha256") && !standsElsewhere(entry)) {
      unknown(entry, pointer);
    }
  }

  /** What a submission carries itself, or has at a URL, need not have been uploaded. */
  private static boolean standsElsewhere(JsonObject entry) {
    return entry.getValue("url") instanceof String || entry.getValue("content") instanceof String;
  }

  private void content(JsonObject entry, String content, String pointer) {
    var bytes = content.getBytes(StandardCharsets.UTF_8);
    if (isDigest(entry.getValue("sha256"))
        && !Sha256.hex(bytes).equalsIgnoreCase(entry.getString("sha256"))) {
      fault(
          pointer + "/sha256",
          "digest_mismatch",
          "the SHA-256 of the content's UTF-8 is " + Sha256.hex(bytes));
    }
    if (entry.getValue("bytes") instanceof Number given && given.longValue() != bytes.length) {
      fault(pointer + "/bytes", "bytes", "the content has %d bytes".formatted(bytes.length));
    }
  }

  private void agrees(JsonObject entry, Artifact artifact, String pointer) {
    if (entry.getValue("bytes") instanceof Number given
        && given.longValue() != artifact.bytes()
        && !(entry.getValue("content") instanceof String)) {
      fault(pointer + "/bytes", "bytes", "the artifact has %d bytes".formatted(artifact.bytes()));
    }
    if (entry.getValue("media_type") instanceof String given
        && !MediaType.parse(artifact.mediaType()).equals(MediaType.parse(given))) {
      fault(
          pointer + "/media_type",
          "media_type",
          "the artifact was uploaded as " + artifact.mediaType());
    }
  }

  private void satisfies(Required required, JsonObject entry, Artifact artifact, String pointer) {
    if (artifact == null) {
      if (entry.getValue("sha256") == null) {
        fault(
            pointer + "/sha256",
            "missing",
            "the evidence %s must name an uploaded artifact by its SHA-256"
                .formatted(Quoted.of(required.name())));
      } else {
        unknown(entry, pointer);
      }
      return;
    }
    var mediaType = MediaType.parse(artifact.mediaType());
    if (!required.mediaTypes().isEmpty()
        && required.mediaTypes().stream().noneMatch(range -> range.includes(mediaType))) {
      fault(
          pointer + "/sha256",
          "media_type",
          "the artifact was uploaded as %s, but must be one of %s"
              .formatted(artifact.mediaType(), ranges(required)));
    }
    if (required.maxBytes() != null && artifact.bytes() > required.maxBytes()) {
      fault(
          pointer + "/sha256",
          "too_large",
          "the artifact has %d bytes, but may have %d"
              .formatted(artifact.bytes(), required.maxBytes()));
    }
  }

  private void unknown(JsonObject entry, String pointer) {
    fault(
        pointer + "/sha256",
        "unknown_artifact",
        "no artifact with the SHA-256 %s was uploaded".formatted(entry.getString("sha256")));
  }

  private Required required(JsonObject entry) {
    return rules.required().stream()
        .filter(one -> isNamed(entry, one.name()))
        .findFirst()
        .orElse(null);
  }

  private static boolean isNamed(Object entry, String name) {
    return entry instanceof JsonObject object && name.equals(object.getValue("name"));
  }

  private static String words(Required required) {
    return (required.mediaTypes().isEmpty() ? "" : ", one of " + ranges(required))
        + (required.maxBytes() == null
            ? ""
            : ", of at most %d bytes".formatted(required.maxBytes()));
  }

  private static String ranges(Required required) {
    return required.mediaTypes().stream()
        .map(MediaType::toString)
        .collect(Collectors.joining(", "));
  }

  private void fault(String pointer, String code, String message) {
    violations.add(new Violation(pointer, EvidenceCheck.CODES + code, message));
  }
}
