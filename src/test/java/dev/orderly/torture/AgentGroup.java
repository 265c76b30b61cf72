package dev.orderly.torture;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

/**
 * A process of agents: {@code name seed agents ttl-millis token-file ledger queues nodes}. It ends
 * when its standard input does, after its agents have finished what they are at.
 */
final class AgentGroup {
  private static final Duration ANSWER_LIMIT = Duration.ofSeconds(8);
  private static final Duration END_LIMIT = Duration.ofSeconds(30);

  /** Every third agent has a WebSocket. */
  private static final int SOCKET_ONE_OF = 3;

  private AgentGroup() {}

  public static void main(String[] args) throws Exception {
    var name = args[0];
    long seed = Long.parseLong(args[1]);
    int agents = Integer.parseInt(args[2]);
    var ttl = Duration.ofMillis(Long.parseLong(args[3]));
    var token = Files.readString(Path.of(args[4])).strip();
    var queues = List.of(args[6].split(","));
    var nodes = Stream.of(args[7].split(",")).map(URI::create).toList();
    var stopping = new AtomicBoolean();
    try (var ledger = Ledger.open(Path.of(args[5]));
        var api = new Api(token, ANSWER_LIMIT)) {
      var threads = new ArrayList<Thread>();
      for (int i = 0; i < agents; i++) {
        var random = new Random(seed * 1_000 + i);
        var agentName = "%s-%d".formatted(name, i);
        var way =
            i % SOCKET_ONE_OF == 0
                ? new SocketWay(api, agentName, nodes, ledger, random)
                : new HttpWay(api, agentName, nodes, random);
        var agent = new Agent(agentName, way, queues, ledger, random, stopping, ttl);
        threads.add(Thread.ofVirtual().uncaughtExceptionHandler(AgentGroup::end).start(agent::run));
      }
      awaitHangUp();
      stopping.set(true);
      for (var thread : threads) {
        thread.join(END_LIMIT);
      }
    }
    System.exit(0);
  }

  /** An agent that fails proves nothing; its run must not pass. */
  private static void end(Thread agent, Throwable failure) {
    failure.printStackTrace();
    Runtime.getRuntime().halt(1);
  }

  private static void awaitHangUp() throws IOException {
    while (System.in.read() >= 0) {
      // Nothing is said to it.
      continue;
    }
  }
}
