package dev.orderly.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Tokens, over the HTTP API. */
@Command(
    name = "token",
    synopsisSubcommandLabel = "(create | list | revoke)",
    description =
        "Makes, lists and revokes tokens. The token shown must have the scope work.admin.")
final class TokenCommand {
  private TokenCommand() {}

  static CommandLine commandLine(Map<String, String> environment) {
    return new CommandLine(new TokenCommand())
        .addSubcommand(new Create(environment))
        .addSubcommand(new ListAll(environment))
        .addSubcommand(new Revoke(environment));
  }

  @Command(
      name = "create",
      description = {
        "Makes a token and prints its secret, which cannot be shown again.",
        "Scopes: work.propose, work.view, work.checkout, work.submit, work.approve,"
            + " work.reject, work.admin (all of them)."
      })
  static final class Create implements Runnable {
    @Mixin private final ApiOptions api;
    @Spec private CommandSpec spec;

    @Option(
        names = "--name",
        required = true,
        paramLabel = "NAME",
        description = "Whom the token stands for; unique among live tokens.")
    private String name;

    @Option(names = "--kind", paramLabel = "KIND", description = "user or agent (the default).")
    private String kind;

    @Option(
        names = "--scope",
        required = true,
        split = ",",
        hideParamSyntax = true,
        paramLabel = "SCOPE",
        description = "What it allows; may be given several times.")
    private List<String> scopes;

    @Option(
        names = "--agent",
        split = ",",
        hideParamSyntax = true,
        paramLabel = "ID",
        description =
            "An agent id that it may act as, a * at the end for any ending; may be given"
                + " several times. Without it the token's name.")
    private List<String> agents;

    @Option(
        names = "--expires-in",
        paramLabel = "TIME",
        converter = TimeConverter.class,
        description = "When it ends: a number and s, m, h or d, such as 30d. Without it, never.")
    private Duration expiresIn;

    Create(Map<String, String> environment) {
      this.api = new ApiOptions(environment);
    }

    @Override
    public void run() {
      var body = new LinkedHashMap<String, Object>();
      body.put("name", name);
      body.put("scopes", scopes);
      if (kind != null) {
        body.put("kind", kind);
      }
      if (agents != null) {
        body.put("agents", agents);
      }
      if (expiresIn != null) {
        body.put("expires_in_seconds", expiresIn.toSeconds());
      }
      var answer = api.client().post("/tokens", body).body();
      var out = spec.commandLine().getOut();
      if (api.json()) {
        Printed.json(out, answer);
        return;
      }
      print(spec, List.of(answer.path("token")));
      out.println();
      out.println("The secret, which is not shown again:");
      out.println(Printed.text(answer, "secret"));
    }
  }

  @Command(name = "list", description = "Lists the tokens, live ones first, without their secrets.")
  static final class ListAll implements Runnable {
    @Mixin private final ApiOptions api;
    @Spec private CommandSpec spec;

    ListAll(Map<String, String> environment) {
      this.api = new ApiOptions(environment);
    }

    @Override
    public void run() {
      var answer = api.client().get("/tokens").body();
      if (api.json()) {
        Printed.json(spec.commandLine().getOut(), answer);
      } else {
        var tokens = new ArrayList<JsonNode>();
        answer.path("data").forEach(tokens::add);
        print(spec, tokens);
      }
    }
  }

  @Command(name = "revoke", description = "Ends a token, at once on every node.")
  static final class Revoke implements Runnable {
    @Mixin private final ApiOptions api;
    @Spec private CommandSpec spec;

    @Parameters(paramLabel = "ID", description = "The token's id, as list shows it.")
    private UUID id;

    Revoke(Map<String, String> environment) {
      this.api = new ApiOptions(environment);
    }

    @Override
    public void run() {
      api.client().delete("/tokens/" + id);
      if (!api.json()) {
        spec.commandLine().getOut().println("Revoked " + id);
      }
    }
  }

  /** Reads 30d and the like. */
  static final class TimeConverter implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String text) {
      if (!text.matches("[1-9][0-9]{0,8}[smhd]")) {
        throw new TypeConversionException("'" + text + "' is no time such as 90s, 15m, 12h or 30d");
      }
      long number = Long.parseLong(text.substring(0, text.length() - 1));
      return switch (text.charAt(text.length() - 1)) {
        case 's' -> Duration.ofSeconds(number);
        case 'm' -> Duration.ofMinutes(number);
        case 'h' -> Duration.ofHours(number);
        default -> Duration.ofDays(number);
      };
    }
  }

  private static void print(CommandSpec spec, List<JsonNode> tokens) {
    Printed.table(
        spec.commandLine().getOut(),
        List.of("ID", "NAME", "KIND", "STATUS", "EXPIRES", "LAST USED", "SCOPES", "AGENTS"),
        tokens.stream()
            .map(
                token ->
                    List.of(
                        Printed.text(token, "id"),
                        Printed.text(token, "name"),
                        Printed.text(token, "kind"),
                        status(token),
                        Printed.text(token, "expires_at"),
                        Printed.text(token, "last_used_at"),
                        Printed.text(token, "scopes"),
                        Printed.text(token, "agents")))
            .toList());
  }

  private static String status(JsonNode token) {
    if (token.path("revoked_at").isTextual()) {
      return "revoked";
    }
    var expires = token.path("expires_at");
    return expires.isTextual()
            && !InstantSource.system().instant().isBefore(Instant.parse(expires.asText()))
        ? "expired"
        : "live";
  }
}
