import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The time in which the agents work. */
final class DemoWatch {
  private static final Duration ENDS_WITHIN = Duration.ofMinutes(20);
  private static final long POLL_MILLIS = 250;
  private static final int DONE_BEFORE_THE_KILL = 2;

  private final DemoOrder order;
  private final DemoAgents agents;
  private final ProgressLine progress;
  private Held lost;

  /** A lease that an agent held. */
  record Held(String item, String agent, long fence, String expiresAt) {}

  DemoWatch(DemoOrder order, DemoAgents agents, ProgressLine progress) {
    this.order = order;
    this.agents = agents;
    this.progress = progress;
  }

  /**
   * Shows the work until none is left, and kills an agent on the way.
   *
   * @param node the node to kill too, or null
   * @return what the killed agent held, or null if none was killed while it held something
   */
  Held watch(DemoNode node) throws IOException, InterruptedException {
    boolean killNode = node != null;
    long began = System.nanoTime();
    JsonNode current = order.read();
    while (DemoOrder.workLeft(current)) {
      List<JsonNode> items = DemoOrder.items(current);
      progress.show(describe(items, System.nanoTime() - began));
      long done = items.stream().filter(item -> DemoOrder.state(item).equals("submitted")).count();
      if (lost == null && done >= DONE_BEFORE_THE_KILL) {
        killAgent(items);
      } else if (killNode && done >= items.size() / 2) {
        progress.end();
        node.killAndStart("with " + done + " of " + items.size() + " batches acknowledged");
        killNode = false;
      }
      if (agents.running() == 0 || System.nanoTime() - began > ENDS_WITHIN.toNanos()) {
        throw new IllegalStateException("work is left, but no agent ends it");
      }
      Thread.sleep(POLL_MILLIS);
      current = order.read();
    }
    progress.show(describe(DemoOrder.items(current), System.nanoTime() - began));
    progress.end();
    if (!current.path("state").asText().equals("submitted")) {
      throw new IllegalStateException("the order is " + current.path("state"));
    }
    return lost;
  }

  private static String describe(List<JsonNode> items, long nanos) {
    var counts =
        items.stream().collect(Collectors.groupingBy(DemoOrder::state, Collectors.counting()));
    String states =
        Stream.of("queued", "leased", "in_progress", "submitted")
            .map(state -> state + " " + counts.getOrDefault(state, 0L))
            .collect(Collectors.joining("  "));
    String holders =
        IntStream.range(0, items.size())
            .filter(i -> DemoOrder.held(items.get(i)))
            .mapToObj(i -> items.get(i).path("leased_by_agent_id").asText() + " #" + (i + 1))
            .map(holder -> holder.replace("city-", ""))
            .collect(Collectors.joining(", "));
    return "%3d s  %s  | %s".formatted(nanos / 1_000_000_000, states, holders);
  }

  private void killAgent(List<JsonNode> items) throws IOException, InterruptedException {
    Optional<JsonNode> held =
        items.stream()
            .filter(item -> DemoOrder.held(item))
            .filter(item -> agents.alive(item.path("leased_by_agent_id").asText()))
            .max(Comparator.comparing(item -> item.path("lease_expires_at").asText()));
    if (held.isEmpty()) {
      return;
    }
    String agent = held.get().path("leased_by_agent_id").asText();
    long process = agents.kill(agent);
    String id = held.get().path("id").asText();
    JsonNode after = order.item(id);
    if (!DemoOrder.held(after) || after.path("fence").asLong() != DemoOrder.fence(held.get())) {
      agents.startAgain(agent); // it was quicker than the signal: another time
      return;
    }
    lost = new Held(id, agent, DemoOrder.fence(after), after.path("lease_expires_at").asText());
    progress.end();
    System.out.printf(
        "%s (process %d) killed with SIGKILL while it held batch #%d;"
            + " the lease ends at %s unless someone heartbeats%n",
        agent, process, DemoOrder.number(items, id), lost.expiresAt());
  }
}
