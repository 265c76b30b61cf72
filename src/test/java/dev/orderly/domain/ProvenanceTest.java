package dev.orderly.domain;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProvenanceTest {

  @ParameterizedTest
  @CsvSource({
    "research-agent-1, research-agent",
    "agent, agent",
    "Agent7, Agent",
    "crew-7b-x, crew",
    "crew-, crew",
    "123-x, ",
    "-x, "
  })
  void theWordsAtTheBeginningOfAnIdAreTheAgentsType(String id, String type) {
    assertThat(Provenance.agentType(id)).isEqualTo(type);
  }
}
