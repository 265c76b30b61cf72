package dev.orderly.types.declarative;

import dev.orderly.domain.MediaType;
import dev.orderly.types.EvidenceRules;
import io.vertx.core.json.JsonArray;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/** Reads which evidence results of a declared type must come with. */
final class EvidenceCompiler {
  private final TypeDraft draft;

  EvidenceCompiler(TypeDraft draft) {
    this.draft = draft;
  }

  EvidenceRules evidence(TypeDraft.Section evidence) {
    var required = new ArrayList<EvidenceRules.Required>();
    var names = new HashSet<String>();
    for (var one : evidence.sections("required")) {
      var name = one.text("name", "");
      if (!names.add(name)) {
        draft.fault(one.at("name"), "evidence is required under " + name + " already");
      }
      var mediaTypes = mediaTypes(one);
      Number most = one.json().getValue("max_bytes") instanceof Number number ? number : null;
      // What is out of shape the structure check has told.
      if (draft.faults().isEmpty()) {
        required.add(
            new EvidenceRules.Required(name, mediaTypes, most == null ? null : most.longValue()));
      }
    }
    return draft.faults().isEmpty() ? new EvidenceRules(required) : EvidenceRules.NONE;
  }

  private List<MediaType> mediaTypes(TypeDraft.Section required) {
    var mediaTypes = new ArrayList<MediaType>();
    if (required.json().getValue("media_types") instanceof JsonArray texts) {
      for (int i = 0; i < texts.size(); i++) {
        var range = texts.getValue(i) instanceof String text ? MediaType.parseRange(text) : null;
        if (range == null) {
          draft.fault(
              required.at("media_types") + "/" + i,
              "expected a media type such as text/markdown or image/*, found " + texts.getValue(i));
        } else {
          mediaTypes.add(range);
        }
      }
    }
    return mediaTypes;
  }
}
