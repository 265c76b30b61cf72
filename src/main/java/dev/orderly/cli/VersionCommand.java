package dev.orderly.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Prints which Orderly this is and what it runs on. */
@Command(name = "version", description = "Prints which Orderly this is and what it runs on.")
final class VersionCommand implements Runnable, IVersionProvider {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    spec.commandLine().getOut().println(version());
  }

  @Override
  public String[] getVersion() {
    return new String[] {version()};
  }

  private static String version() {
    // Only a jar has a manifest that knows.
    var packaged = VersionCommand.class.getPackage().getImplementationVersion();
    return "Orderly %s, Java %s, %s %s"
        .formatted(
            packaged == null ? "(unpackaged)" : packaged,
            Runtime.version(),
            System.getProperty("os.name"),
            System.getProperty("os.arch"));
  }
}
