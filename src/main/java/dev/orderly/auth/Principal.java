package dev.orderly.auth;

import dev.orderly.domain.Actor;
import dev.orderly.domain.AgentIds;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * Who a token stands for.
 *
 * @param agents the agent ids that it may act as; a trailing {@code *} stands for any ending
 * @param expiresAt when the token ends, or null for never
 */
public record Principal(
    UUID tokenId,
    String tenant,
    Actor actor,
    Set<Scope> scopes,
    List<String> agents,
    Instant expiresAt) {

  /** True if the scope, or {@link Scope#ADMIN}, was granted. */
  public boolean may(Scope scope) {
    return scopes.contains(scope) || scopes.contains(Scope.ADMIN);
  }

  public boolean mayActAs(String agentId) {
    return AgentIds.allow(agents, agentId);
  }

  /** The agent that a caller is if it does not say: the first plain id, else the token's name. */
  public String defaultAgent() {
    return agents.stream().filter(id -> !id.endsWith("*")).findFirst().orElse(actor.id());
  }
}
