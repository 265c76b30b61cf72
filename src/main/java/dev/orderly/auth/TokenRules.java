package dev.orderly.auth;

import dev.orderly.auth.AuthMessages.CreateToken;
import dev.orderly.domain.Actor;
import dev.orderly.domain.Rejected;
import dev.orderly.domain.Violation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What a new token must be like. */
final class TokenRules {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.@:-]{0,119}");

  /** Visible ASCII, as the X-Agent-ID header takes it, with a * at the end only. */
  private static final Pattern AGENT = Pattern.compile("(?=.{1,255}$)[!-)+-~]*\\*?");

  private static final int AGENTS_MAX = 100;

  private final List<Violation> errors = new ArrayList<>();

  private TokenRules() {}

  /**
   * The request with its defaults filled in.
   *
   * @throws Rejected with a pointer to each thing that is wrong
   */
  static CreateToken checked(CreateToken token) {
    return new TokenRules().check(token);
  }

  static Actor.Kind kind(CreateToken token) {
    return token.kind().equals(Actor.Kind.USER.wire()) ? Actor.Kind.USER : Actor.Kind.AGENT;
  }

  private CreateToken check(CreateToken token) {
    var kind = token.kind() == null ? Actor.Kind.AGENT.wire() : token.kind();
    var scopes = token.scopes() == null ? List.<String>of() : token.scopes();
    var agents = token.agents() == null ? List.<String>of() : token.agents();
    if (token.name() == null || !NAME.matcher(token.name()).matches()) {
      add(
          "/name",
          "token.name",
          "A name is 1 to 120 letters, digits or any of _.@:- and begins with a letter or digit");
    }
    if (!kind.equals(Actor.Kind.USER.wire()) && !kind.equals(Actor.Kind.AGENT.wire())) {
      add("/kind", "token.kind", "A token's kind is user or agent");
    }
    checkScopes(scopes);
    checkAgents(agents);
    if (!errors.isEmpty()) {
      throw Rejected.invalid("The token cannot be made as asked", errors);
    }
    return new CreateToken(
        token.caller(),
        token.name(),
        kind,
        scopes.stream().distinct().toList(),
        agents.stream().distinct().toList(),
        token.expiresAt(),
        token.idempotency());
  }

  private void checkScopes(List<String> scopes) {
    if (scopes.isEmpty()) {
      add("/scopes", "token.scopes", "A token needs at least one scope: " + allScopes());
    }
    for (int i = 0; i < scopes.size(); i++) {
      if (scopes.get(i) == null || Scope.of(scopes.get(i)).isEmpty()) {
        add("/scopes/" + i, "token.scope", "There is no such scope; the scopes are " + allScopes());
      }
    }
  }

  private void checkAgents(List<String> agents) {
    if (agents.size() > AGENTS_MAX) {
      add("/agents", "token.agents", "A token may name at most %d agents".formatted(AGENTS_MAX));
    }
    for (int i = 0; i < agents.size(); i++) {
      if (agents.get(i) == null || !AGENT.matcher(agents.get(i)).matches()) {
        add(
            "/agents/" + i,
            "token.agent",
            "An agent id is 1 to 255 visible ASCII characters; a * may only be the last");
      }
    }
  }

  private void add(String pointer, String code, String message) {
    errors.add(new Violation(pointer, code, message));
  }

  private static String allScopes() {
    return Arrays.stream(Scope.values()).map(Scope::wire).collect(Collectors.joining(", "));
  }
}
