package dev.orderly.domain;

/**
 * On whose behalf a command runs, as the credentials say.
 *
 * @param tenant whose data it may touch
 * @param actor the token's holder; proposals, approvals and the like are recorded under it
 * @param agentId the agent that the caller acts as; leases are held under it
 * @param requestId for logs and the audit trail
 */
public record Caller(String tenant, Actor actor, String agentId, String requestId) {

  /** The caller as an agent. */
  public Actor agent() {
    return Actor.agent(agentId);
  }
}
