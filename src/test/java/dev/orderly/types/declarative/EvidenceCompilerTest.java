package dev.orderly.types.declarative;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.orderly.domain.MediaType;
import dev.orderly.testing.TypeTexts;
import dev.orderly.types.EvidenceRules;
import dev.orderly.types.EvidenceRules.Required;
import dev.orderly.types.TypeFileException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvidenceCompilerTest {
  @TempDir Path directory;

  @Test
  void readsWhatIsRequired() {
    var type =
        TypeTexts.type(
            directory,
            TypeTexts.LEAST
                + """
                evidence:
                  required:
                    - name: report
                      media_types: [Text/Markdown, image/*]
                      max_bytes: 5000000000
                    - name: log
                """);
    assertThat(type.evidence().required())
        .containsExactly(
            new Required(
                "report",
                List.of(new MediaType("text", "markdown"), new MediaType("image", "*")),
                5_000_000_000L),
            new Required("log", List.of(), null));
    assertThat(DeclarativeType.restore(type.source()).evidence()).isEqualTo(type.evidence());
    assertThat(TypeTexts.type(directory, TypeTexts.LEAST).evidence()).isEqualTo(EvidenceRules.NONE);
  }

  @Test
  void saysWhereAFileErrs() {
    assertThatThrownBy(
            () ->
                TypeTexts.type(
                    directory,
                    TypeTexts.LEAST
                        + """
                        evidence:
                          required:
                            - { name: a, media_types: [markdown, '*/*'] }
                            - { name: a, max_bytes: 0 }
                            - { sort: b }
                          optional: []
                        """))
        .isInstanceOf(TypeFileException.class)
        .hasMessageContaining(
            "one.type.yaml:9: evidence.required.0.media_types.0: expected a media")
        .hasMessageContaining("evidence.required.0.media_types.1: expected a media type")
        .hasMessageContaining("one.type.yaml:10: evidence.required.1.name: evidence is required")
        .hasMessageContaining("evidence.required.1.max_bytes")
        .hasMessageContaining("evidence.required.2")
        .hasMessageContaining("optional");
  }
}
