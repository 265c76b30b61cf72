import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The demo's agents, each a process of its own with a token that allows it to be itself only. */
final class DemoAgents {
  private final URI url;
  private final String order;
  private final long pauseMillis;
  private final Path directory;
  private final Map<String, Process> processes = new LinkedHashMap<>();

  /**
   * @param pauseMillis how long each takes for a batch
   * @param directory for their tokens and what they print
   */
  DemoAgents(URI url, String order, long pauseMillis, Path directory) {
    this.url = url;
    this.order = order;
    this.pauseMillis = pauseMillis;
    this.directory = directory;
  }

  void start(String agent, String token) throws IOException {
    Path tokenFile = directory.resolve(agent + ".token");
    Files.createFile(
        tokenFile,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(tokenFile, token);
    startAgain(agent);
  }

  void startAgain(String agent) throws IOException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    var command =
        List.of(
            java,
            "-Xmx64m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            "CityAgent",
            "--url",
            url.toString(),
            "--token-file",
            directory.resolve(agent + ".token").toString(),
            "--agent",
            agent,
            "--order",
            order,
            "--pause-ms",
            String.valueOf(pauseMillis));
    File log = log(agent).toFile();
    processes.put(
        agent,
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log))
            .start());
  }

  private Path log(String agent) {
    return directory.resolve(agent + ".log");
  }

  boolean alive(String agent) {
    return processes.containsKey(agent) && processes.get(agent).isAlive();
  }

  long running() {
    return processes.values().stream().filter(Process::isAlive).count();
  }

  /** kill -9; returns the process id it had. */
  long kill(String agent) throws InterruptedException {
    Process process = processes.get(agent);
    process.destroyForcibly().waitFor();
    return process.pid();
  }

  /** Which agent was told that its submission was taken, by item id. */
  Map<String, String> acknowledged() throws IOException {
    var acknowledged = new LinkedHashMap<String, String>();
    for (String agent : processes.keySet()) {
      for (String line : Files.readAllLines(log(agent))) {
        String[] words = line.split(" ");
        if (words.length == 3 && words[1].equals("acknowledged")) {
          acknowledged.put(words[2], words[0]);
        }
      }
    }
    return acknowledged;
  }

  /** Waits for the others to end by themselves, as they do once nothing is left to do. */
  void awaitEnd() throws InterruptedException {
    for (Process process : processes.values()) {
      process.waitFor(20, TimeUnit.SECONDS);
    }
  }

  /** What they said last, for when something went wrong. */
  String lastWords() throws IOException {
    var words = new StringBuilder();
    for (String agent : processes.keySet()) {
      List<String> lines = Files.readAllLines(log(agent));
      lines
          .subList(Math.max(0, lines.size() - 3), lines.size())
          .forEach(line -> words.append("  ").append(line).append('\n'));
    }
    return words.toString();
  }

  void stop() {
    for (Process process : processes.values()) {
      process.destroyForcibly();
    }
  }
}
