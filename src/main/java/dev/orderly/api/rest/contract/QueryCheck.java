package dev.orderly.api.rest.contract;

import dev.orderly.api.JsonReader;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Quoted;
import dev.orderly.domain.Rejected;
import dev.orderly.domain.Violation;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

/**
 * Holds query parameters against the contract, in the words of the lists that read their own: a
 * violation's pointer is the parameter's name.
 */
public final class QueryCheck {
  private final OperationSpec spec;

  public QueryCheck(OperationSpec spec) {
    this.spec = spec;
  }

  /**
   * @throws Rejected {@code unknown_parameter} or {@code malformed_request}, telling of everything
   *     that is wrong
   */
  public void check(List<Map.Entry<String, String>> query) {
    if (query.isEmpty()) {
      return;
    }
    var violations = new ArrayList<Violation>();
    var seen = new HashSet<String>();
    for (var parameter : query) {
      var wrong =
          violation(parameter.getKey(), parameter.getValue(), !seen.add(parameter.getKey()));
      if (wrong != null) {
        violations.add(wrong);
      }
    }
    if (!violations.isEmpty()) {
      throw Rejected.parameters(violations);
    }
  }

  private Violation violation(String name, String value, boolean again) {
    if (JsonReader.unstorable(name) || JsonReader.unstorable(value)) {
      return malformed(name, "holds U+0000 or half of a surrogate pair");
    }
    if (spec.openQuery()) {
      return null;
    }
    var schema = spec.queryParameters().get(name);
    if (schema == null) {
      return new Violation(name, ErrorCode.UNKNOWN_PARAMETER.wire(), unknown(name));
    }
    if (again) {
      return malformed(name, "was sent more than once");
    }
    var wrong = schema.checkText(value);
    return wrong == null ? null : malformed(name, wrong);
  }

  private String unknown(String name) {
    var allowed = spec.queryParameters().keySet();
    return "there is no %s; %s"
        .formatted(
            Quoted.of(name),
            allowed.isEmpty() ? "none is taken here" : "allowed: " + String.join(", ", allowed));
  }

  private static Violation malformed(String name, String message) {
    return new Violation(
        JsonReader.replaceUnstorable(name), ErrorCode.MALFORMED_REQUEST.wire(), message);
  }
}
