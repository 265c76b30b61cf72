package dev.orderly.cli;

import dev.orderly.cli.ApiClient.Answer;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The commands on what orders change. */
final class OrderChanges {
  private OrderChanges() {}

  @Command(
      name = "preview",
      description = "Tells what a submitted order's change is going to be; changes nothing.")
  static final class Preview extends OrdersCommand.OneOrder {
    @Option(names = "--fresh", description = "Foretell it anew, whatever was foretold before.")
    private boolean fresh;

    Preview(Map<String, String> environment) {
      super(environment);
    }

    @Override
    Answer ask(ApiClient client) {
      return client.get(path() + "/preview" + (fresh ? "?fresh=true" : ""));
    }

    @Override
    void print(OrderPrinter printer, Answer answer) {
      printer.preview(answer.body());
    }
  }

  @Command(
      name = "revert",
      description = "Proposes the order that undoes an order's change; it is to be approved.")
  static final class Revert extends OrdersCommand.OneOrder {
    @Option(names = "--reason", paramLabel = "TEXT", description = "For its reviewers.")
    private String reason;

    Revert(Map<String, String> environment) {
      super(environment);
    }

    @Override
    Answer ask(ApiClient client) {
      return client.post(path() + "/revert", OrdersCommand.given("reason", reason));
    }
  }
}
