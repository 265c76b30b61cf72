package dev.orderly.domain;

import java.util.regex.Pattern;

/**
 * What a caller says of the program and the model behind a request. Claims, not credentials: they
 * are recorded and decide nothing.
 *
 * @param agentName what the agent calls itself, or null
 * @param agentVersion a semantic version, or null
 * @param modelName the model that the agent works with, or null
 * @param runtime what the agent runs in, or null
 * @param fingerprint SHA-256 of where the request came from and how, in hexadecimal
 */
public record Provenance(
    String agentName, String agentVersion, String modelName, String runtime, String fingerprint) {
  private static final Pattern TYPE = Pattern.compile("[A-Za-z]+(?:-[A-Za-z]+)*(?![A-Za-z])");

  /**
   * The kind of agent that an id tells of: {@code research-agent} for {@code research-agent-1}.
   *
   * @return null if it begins with no word
   */
  public static String agentType(String agentId) {
    var type = TYPE.matcher(agentId);
    return type.lookingAt() ? type.group() : null;
  }
}
