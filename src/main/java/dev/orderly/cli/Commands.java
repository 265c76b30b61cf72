package dev.orderly.cli;

import dev.orderly.config.loading.ConfigException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The program's commands. */
@Command(
    name = "orderly",
    description = "The control plane where AI agents take their orders.",
    synopsisSubcommandLabel = "[COMMAND]",
    versionProvider = VersionCommand.class,
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Without a command it starts a node. Each command explains itself with --help.",
      "Exit codes: 0 done; 1 refused, or the node cannot start; 2 the"
          + " command line or the configuration is wrong; 3 no server answers."
    })
public final class Commands {
  private static final List<String> ROOT_OPTIONS = List.of("-h", "--help", "-V", "--version");

  private Commands() {}

  /**
   * Runs a command.
   *
   * @param starter runs a node
   * @param environment the process's variables
   * @return the exit code
   */
  public static int run(
      String[] args,
      Starter starter,
      Map<String, String> environment,
      PrintWriter out,
      PrintWriter err) {
    var line =
        new CommandLine(new Commands())
            .addSubcommand(new StartCommand(starter, environment))
            .addSubcommand(new ConfigCommand(environment))
            .addSubcommand(new DatabaseCommand())
            .addSubcommand(TokenCommand.commandLine(environment))
            .addSubcommand(OrdersCommand.commandLine(environment))
            .addSubcommand(new VersionCommand());
    addHelp(line);
    line.registerConverter(UUID.class, Commands::id);
    int code =
        line.setOut(out)
            .setErr(err)
            .setUsageHelpWidth(100)
            .setUsageHelpAutoWidth(true)
            .setAbbreviatedOptionsAllowed(false)
            .setParameterExceptionHandler(Commands::usage)
            .setExecutionExceptionHandler(Commands::failed)
            .execute(withCommand(args));
    out.flush();
    err.flush();
    return code;
  }

  private static void addHelp(CommandLine line) {
    for (var subcommand : line.getSubcommands().values()) {
      subcommand.getCommandSpec().mixinStandardHelpOptions(true);
      // The root's alone.
      subcommand.getCommandSpec().remove(subcommand.getCommandSpec().findOption("--version"));
      addHelp(subcommand);
    }
  }

  private static UUID id(String text) {
    if (!text.matches("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")) {
      throw new TypeConversionException(
          "'%s' is no id such as 0197f3a0-5b7e-7c31-9d0a-2f6f3f1f8a10".formatted(text));
    }
    return UUID.fromString(text);
  }

  private static String[] withCommand(String[] args) {
    boolean isStart =
        args.length == 0 || (args[0].startsWith("-") && !ROOT_OPTIONS.contains(args[0]));
    return isStart
        ? Stream.concat(Stream.of("start"), Stream.of(args)).toArray(String[]::new)
        : args;
  }

  private static int usage(ParameterException e, String[] args) {
    var line = e.getCommandLine();
    var err = line.getErr();
    err.println("orderly: " + String.join(" ", e.getMessage().lines().toList()));
    UnmatchedArgumentException.printSuggestions(e, err);
    err.println("Try: %s --help".formatted(line.getCommandSpec().qualifiedName()));
    return Exit.USAGE;
  }

  private static int failed(Exception e, CommandLine line, CommandLine.ParseResult ignored)
      throws Exception {
    return switch (e) {
      case CommandFailedException failure -> {
        failure.lines().forEach(text -> line.getErr().println(Printed.plain(text)));
        yield failure.exitCode();
      }
      case ConfigException invalid -> {
        invalid.lines().forEach(text -> line.getErr().println(Printed.plain(text)));
        yield Exit.USAGE;
      }
      default -> throw e;
    };
  }
}
