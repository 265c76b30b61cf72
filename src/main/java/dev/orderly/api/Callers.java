package dev.orderly.api;

import dev.orderly.auth.Principal;
import dev.orderly.auth.Scope;
import dev.orderly.domain.Caller;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import dev.orderly.domain.Violation;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;

/** Whom a request comes from, and what that caller may do. */
public final class Callers {
  private static final int MAX_AGENT_ID = 255;
  private static final String AGENT_ID = "X-Agent-ID";

  private Callers() {}

  /**
   * @throws Rejected {@code forbidden} if the token lacks the scope
   */
  public static void require(Principal principal, Scope scope) {
    if (!principal.may(scope)) {
      throw new Rejected(
          ErrorCode.FORBIDDEN,
          "The token lacks the scope %s".formatted(scope.wire()),
          List.of(),
          List.of("Use a token with the scope " + scope.wire()));
    }
  }

  /**
   * @throws Rejected {@code agent_not_allowed} if the token does not allow the agent that the
   *     request names, {@code invalid} if that is no agent's id
   */
  public static Caller of(HttpServerRequest request, Principal principal, String requestId) {
    var agent = request.getHeader(AGENT_ID);
    if (agent == null) {
      return new Caller(principal.tenant(), principal.actor(), principal.defaultAgent(), requestId);
    }
    if (agent.length() > MAX_AGENT_ID || !IdempotencyKeys.printable(agent, '!')) {
      var message = "The header X-Agent-ID must be 1 to 255 visible ASCII characters, no spaces";
      throw Rejected.invalid(message, List.of(new Violation("", "header.invalid", message)));
    }
    // A token without agents of its own stands for the agent that bears its name.
    if (!principal.mayActAs(agent) && !agent.equals(principal.defaultAgent())) {
      throw new Rejected(
          ErrorCode.AGENT_NOT_ALLOWED,
          "The token may not act as agent %s".formatted(agent),
          List.of(),
          List.of("Leave X-Agent-ID out, or name an agent that the token allows"));
    }
    return new Caller(principal.tenant(), principal.actor(), agent, requestId);
  }
}
