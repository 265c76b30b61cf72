package dev.orderly.config.loading;

import dev.orderly.config.loading.ConfigSchema.Kind;
import dev.orderly.config.loading.ConfigSchema.SectionSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** Writes the two files that follow from the configuration's records. */
final class ConfigDocs {
  static final Path MANUAL = Path.of("docs", "configuration.md");
  static final Path SAMPLE = Path.of("conf", "orderly.yaml");

  private ConfigDocs() {}

  /** Rewrites both files. Run from the project's root. */
  public static void main(String[] args) throws IOException {
    Files.createDirectories(MANUAL.getParent());
    Files.createDirectories(SAMPLE.getParent());
    Files.writeString(MANUAL, manual());
    Files.writeString(SAMPLE, sample());
  }

  static String manual() {
    var out =
        new StringBuilder(
            """
            # Configuration

            <!-- Generated from the records in dev.orderly.config: change those, then run
                 ./mvnw test -Dtest=ConfigDocsTest -Dorderly.docs=write -->

            Every key has a default; an empty configuration is a working one. A value is taken from the first of
            these that gives it:

            1. the command line: `--data`, `--host`, `--port`, `--cluster`;
            2. the environment: `ORDERLY_`, the section and the key, in upper case and joined by `_`, so that
               `ORDERLY_API_PORT` sets `api.port`. Lists are separated by commas;
            3. the YAML file that `--config` names, else `conf/orderly.yaml` if it exists;
            4. the default.

            In the file `${NAME}` stands for that environment variable's value, and `$${` for a plain `${`. Relative
            paths start at the working directory. What is wrong, be it a misspelt key or a value out of range, is
            told in one line each, with file and line, and the node does not start. `orderly config` checks the
            configuration and prints it with where each value came from; secrets are never printed.
            """);
    for (var section : ConfigSchema.SECTIONS) {
      out.append("\n## ").append(section.name()).append("\n\n");
      out.append(section.about()).append('\n');
      switch (section.kind()) {
        case KEYS -> table(out, section.keys());
        case NAMED_RECORDS -> {
          table(out, section.keys());
          out.append("\nIn YAML:\n\n```yaml\n").append(example(section)).append("```\n");
        }
        case NAMED_SECRETS ->
            out.append("\n`ORDERLY_%s_<NAME>`; in YAML:\n\n```yaml\n".formatted(upper(section)))
                .append(example(section))
                .append("```\n");
      }
    }
    return out.toString();
  }

  private static void table(StringBuilder out, List<KeySpec> keys) {
    out.append(
        "\n| key | default | allowed | environment | what it does |\n|---|---|---|---|---|\n");
    for (var key : keys) {
      out.append(
          "| `%s` | %s | %s | `%s` | %s |\n"
              .formatted(
                  key.path(),
                  fallback(key),
                  key.allowed().replace("|", "\\|"),
                  key.variable(),
                  key.description().about()));
    }
  }

  private static String fallback(KeySpec key) {
    return key.fallback()
        .map(text -> "`" + (key.list() ? "[" + text.replace(",", ", ") + "]" : text) + "`")
        .orElse(key.description().required() ? "(required)" : "(none)");
  }

  static String sample() {
    var out =
        new StringBuilder(
            """
            # Orderly's configuration: every key with its default. Remove the # before a section and a key to
            # change it. docs/configuration.md explains them all; `orderly config` checks this file.
            """);
    for (var section : ConfigSchema.SECTIONS) {
      out.append("\n# ").append(section.about()).append('\n');
      if (section.kind() == Kind.KEYS) {
        out.append('#').append(section.name()).append(":\n");
        section.keys().forEach(key -> out.append(sampleLine(key)));
      } else {
        example(section).lines().forEach(line -> out.append('#').append(line).append('\n'));
      }
    }
    return out.toString();
  }

  private static String sampleLine(KeySpec key) {
    var value =
        key.fallback()
            .map(text -> key.list() ? "[" + text.replace(",", ", ") + "]" : text)
            .orElse("null");
    return "#  %s: %s\n".formatted(key.name(), value);
  }

  private static String example(SectionSpec section) {
    return section.kind() == Kind.NAMED_SECRETS
        ? "secrets:\n  billing_webhook: ${BILLING_WEBHOOK_SECRET}\n"
        : """
        datasources:
          warehouse:
            url: postgresql://db.example.com:5432/warehouse
            user: orderly
            password: ${WAREHOUSE_PASSWORD}
        """;
  }

  private static String upper(SectionSpec section) {
    return section.name().toUpperCase(Locale.ROOT);
  }
}
