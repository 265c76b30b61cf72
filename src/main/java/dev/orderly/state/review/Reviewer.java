package dev.orderly.state.review;

import dev.orderly.domain.Actor;
import dev.orderly.domain.AgentIds;
import dev.orderly.domain.Caller;
import java.util.List;

/**
 * Who approves.
 *
 * @param mayActAs the agents that the caller's token stands for
 */
record Reviewer(Caller caller, List<String> mayActAs) {

  boolean is(String type, String id) {
    Actor actor = caller.actor();
    return actor.kind().wire().equals(type) && actor.id().equals(id);
  }

  /** True if the caller is the agent, or could be by its token. */
  boolean standsFor(String agentId) {
    return agentId.equals(caller.agentId()) || AgentIds.allow(mayActAs, agentId);
  }
}
