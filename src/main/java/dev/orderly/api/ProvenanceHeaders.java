package dev.orderly.api;

import dev.orderly.domain.Caller;
import dev.orderly.domain.Provenance;
import dev.orderly.domain.Quoted;
import dev.orderly.domain.Rejected;
import dev.orderly.domain.Sha256;
import dev.orderly.domain.Violation;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.regex.Pattern;

/** Reads the headers in which agents tell what they are. */
public final class ProvenanceHeaders {
  private static final String NAME = "X-Agent-Name";
  private static final String VERSION = "X-Agent-Version";
  private static final String MODEL = "X-Model-Name";
  private static final String RUNTIME = "X-Runtime";
  private static final int LONGEST = 255;

  /** As semver.org has it, version 2.0.0. */
  private static final Pattern SEMANTIC_VERSION =
      Pattern.compile(
          "(0|[1-9]\\d*)\\.(0|[1-9]\\d*)\\.(0|[1-9]\\d*)"
              + "(-(0|[1-9]\\d*|\\d*[A-Za-z-][0-9A-Za-z-]*)(\\.(0|[1-9]\\d*|\\d*[A-Za-z-][0-9A-Za-z-]*))*)?"
              + "(\\+[0-9A-Za-z-]+(\\.[0-9A-Za-z-]+)*)?");

  private ProvenanceHeaders() {}

  /**
   * @return null if the request has none of the headers
   * @throws Rejected {@code invalid} for a value that cannot be taken
   */
  public static Provenance read(HttpServerRequest request, Caller caller) {
    var name = text(request, NAME);
    var version = text(request, VERSION);
    var model = text(request, MODEL);
    var runtime = text(request, RUNTIME);
    if (name == null && version == null && model == null && runtime == null) {
      return null;
    }
    if (version != null && !SEMANTIC_VERSION.matcher(version).matches()) {
      throw refused(
          "The header %s must be a semantic version such as 1.4.0 or 2.0.0-rc.1, not %s"
              .formatted(VERSION, Quoted.of(version)));
    }
    return new Provenance(name, version, model, runtime, fingerprint(request, caller));
  }

  private static String text(HttpServerRequest request, String header) {
    var value = request.getHeader(header);
    if (value != null
        && (value.isBlank()
            || value.length() > LONGEST
            || value.chars().anyMatch(c -> c < ' ' || c > '~'))) {
      throw refused(
          "The header %s must be 1 to %d printable ASCII characters".formatted(header, LONGEST));
    }
    return value;
  }

  /** Equal for requests of the same agent, token, program and place; tells none of them. */
  private static String fingerprint(HttpServerRequest request, Caller caller) {
    var remote = request.remoteAddress();
    return Sha256.hex(
        String.join(
            "\n",
            remote == null ? "" : remote.hostAddress(),
            String.valueOf(request.getHeader(HttpHeaders.USER_AGENT)),
            caller.agentId(),
            String.valueOf(request.getHeader(HttpHeaders.ACCEPT_LANGUAGE)),
            caller.actor().kind().wire() + ":" + caller.actor().id()));
  }

  private static Rejected refused(String message) {
    return Rejected.invalid(message, List.of(new Violation("", "header.invalid", message)));
  }
}
