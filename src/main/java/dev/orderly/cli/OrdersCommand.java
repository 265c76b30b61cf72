package dev.orderly.cli;

import dev.orderly.cli.ApiClient.Answer;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Orders, over the HTTP API. */
@Command(
    name = "orders",
    synopsisSubcommandLabel =
        "(list | show | preview | approve | reject | cancel | retry | revert)",
    description = "Lists, shows, previews, reviews, cancels, retries and reverts orders.")
final class OrdersCommand {
  private OrdersCommand() {}

  static CommandLine commandLine(Map<String, String> environment) {
    return new CommandLine(new OrdersCommand())
        .addSubcommand(new ListSome(environment))
        .addSubcommand(new Show(environment))
        .addSubcommand(new OrderChanges.Preview(environment))
        .addSubcommand(new Approve(environment))
        .addSubcommand(new Reject(environment))
        .addSubcommand(new Cancel(environment))
        .addSubcommand(new Retry(environment))
        .addSubcommand(new OrderChanges.Revert(environment));
  }

  /** What the commands have in common. */
  abstract static class Call implements Runnable {
    @Mixin private final ApiOptions api;
    @Spec private CommandSpec spec;

    Call(Map<String, String> environment) {
      this.api = new ApiOptions(environment);
    }

    /** Asks the server. */
    abstract Answer ask(ApiClient client);

    /** Prints its answer for people. */
    void print(OrderPrinter printer, Answer answer) {
      printer.moved(answer.body().path("order"));
    }

    @Override
    public final void run() {
      var answer = ask(api.client());
      var out = spec.commandLine().getOut();
      if (api.json()) {
        Printed.json(out, answer.body());
      } else {
        print(new OrderPrinter(out), answer);
      }
    }
  }

  @Command(name = "list", description = "Lists orders, the most urgent first.")
  static final class ListSome extends Call {
    private static final int LIMIT_MAX = 100;

    @Option(
        names = "--state",
        split = ",",
        hideParamSyntax = true,
        paramLabel = "STATE",
        description = "Only orders in that state, such as submitted; may be given several times.")
    private List<String> states = List.of();

    @Option(
        names = "--type",
        split = ",",
        hideParamSyntax = true,
        paramLabel = "TYPE",
        description = "Only orders of that type; may be given several times.")
    private List<String> types = List.of();

    @Option(
        names = "--limit",
        paramLabel = "N",
        description = "The most to list, 1 to " + LIMIT_MAX + " (50).")
    private int limit = 50;

    @Option(
        names = "--after",
        paramLabel = "CURSOR",
        description = "Where to go on, as the list before said.")
    private String after;

    ListSome(Map<String, String> environment) {
      super(environment);
    }

    @Override
    Answer ask(ApiClient client) {
      if (limit < 1 || limit > LIMIT_MAX) {
        throw new CommandFailedException(
            Exit.USAGE,
            "orderly: --limit is %d, but must be from 1 to %d".formatted(limit, LIMIT_MAX));
      }
      var query = new ArrayList<String>();
      query.add(parameter("page[size]", Integer.toString(limit)));
      if (!states.isEmpty()) {
        query.add(parameter("filter[state]", String.join(",", states)));
      }
      if (!types.isEmpty()) {
        query.add(parameter("filter[type]", String.join(",", types)));
      }
      if (after != null) {
        query.add(parameter("page[after]", after));
      }
      return client.get("/orders?" + String.join("&", query));
    }

    @Override
    void print(OrderPrinter printer, Answer answer) {
      printer.list(answer.body());
    }

    private static String parameter(String name, String value) {
      return encoded(name) + "=" + encoded(value);
    }

    private static String encoded(String text) {
      return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
  }

  /** A command on one order. */
  abstract static class OneOrder extends Call {
    @Parameters(paramLabel = "ORDER", description = "The order's id.")
    private UUID id;

    OneOrder(Map<String, String> environment) {
      super(environment);
    }

    String path() {
      return "/orders/" + id;
    }
  }

  @Command(name = "show", description = "Shows an order, its items and its latest events.")
  static final class Show extends OneOrder {
    Show(Map<String, String> environment) {
      super(environment);
    }

    @Override
    Answer ask(ApiClient client) {
      return client.get(path());
    }

    @Override
    void print(OrderPrinter printer, Answer answer) {
      printer.show(answer.body().path("order"));
    }
  }

  @Command(
      name = "approve",
      description = "Approves an order and waits for its change; prints the diff.")
  static final class Approve extends OneOrder {
    @Option(names = "--notes", paramLabel = "TEXT", description = "Kept in the audit trail.")
    private String notes;

    @Option(
        names = "--digest",
        paramLabel = "DIGEST",
        description = "The order's digest as you saw it: refused if anything has changed since.")
    private String digest;

    @Option(
        names = "--prediction",
        paramLabel = "DIGEST",
        description = "Only if the change is still foretold as in that preview.")
    private String prediction;

    @Option(
        names = "--wait",
        paramLabel = "SECONDS",
        description = "How long to wait for the change, 0 to 60 (10).")
    private int waitSeconds = 10;

    @Spec private CommandSpec spec;

    Approve(Map<String, String> environment) {
      super(environment);
    }

    @Override
    Answer ask(ApiClient client) {
      if (waitSeconds < 0 || waitSeconds > 60) {
        throw new CommandLine.ParameterException(
            spec.commandLine(), "--wait must be a number of seconds from 0 to 60");
      }
      var body = new LinkedHashMap<>(given("notes", notes));
      body.putAll(given("digest", digest));
      body.putAll(given("prediction", prediction));
      return client.post(path() + "/approve", body, waitSeconds);
    }

    @Override
    void print(OrderPrinter printer, Answer answer) {
      printer.approved(answer.body());
    }
  }

  @Command(
      name = "reject",
      description = "Rejects an order for good, or sends its items back to be done again.")
  static final class Reject extends OneOrder {
    @Option(
        names = "--code",
        paramLabel = "CODE",
        description = "What is wrong, for programs (rejected).")
    private String code = "rejected";

    @Option(
        names = "--message",
        required = true,
        paramLabel = "TEXT",
        description = "What is wrong; the next agent reads it.")
    private String message;

    @Option(
        names = "--pointer",
        paramLabel = "POINTER",
        description = "Where in the result it is wrong, as a JSON Pointer.")
    private String pointer;

    @Option(
        names = "--rework",
        description = "Send items back to agents instead of ending the order.")
    private boolean rework;

    @Option(
        names = "--item",
        split = ",",
        hideParamSyntax = true,
        paramLabel = "ID",
        description = "An item to send back; may be given several times. Without it all of them.")
    private List<UUID> items;

    @Option(
        names = "--digest",
        paramLabel = "DIGEST",
        description = "The order's digest as you saw it: refused if anything has changed since.")
    private String digest;

    Reject(Map<String, String> environment) {
      super(environment);
    }

    @Override
    Answer ask(ApiClient client) {
      var error = new LinkedHashMap<String, Object>();
      error.put("code", code);
      error.put("message", message);
      if (pointer != null) {
        error.put("pointer", pointer);
      }
      var body = new LinkedHashMap<String, Object>();
      body.put("errors", List.of(error));
      body.put("allow_rework", rework);
      body.putAll(given("digest", digest));
      if (items != null) {
        body.put("items", items.stream().map(UUID::toString).toList());
      }
      return client.post(path() + "/reject", body);
    }
  }

  @Command(name = "cancel", description = "Cancels an order and all of its unfinished items.")
  static final class Cancel extends OneOrder {
    @Option(names = "--reason", paramLabel = "TEXT", description = "Kept in the audit trail.")
    private String reason;

    Cancel(Map<String, String> environment) {
      super(environment);
    }

    @Override
    Answer ask(ApiClient client) {
      return client.post(path() + "/cancel", given("reason", reason));
    }
  }

  @Command(
      name = "retry",
      description = "Takes a failed order up again: its failed items, or its change.")
  static final class Retry extends OneOrder {
    Retry(Map<String, String> environment) {
      super(environment);
    }

    @Override
    Answer ask(ApiClient client) {
      return client.post(path() + "/retry", Map.of());
    }
  }

  static Map<String, Object> given(String name, String value) {
    return value == null ? Map.of() : Map.of(name, value);
  }
}
