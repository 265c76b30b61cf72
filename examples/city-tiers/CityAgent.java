import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * An agent that puts cities into tiers: it checks out a batch, heartbeats while it works, submits,
 * and asks for the next one until its order needs no more work. It knows Orderly by its public HTTP
 * API alone.
 *
 * <pre>java -cp 'lib/*' CityAgent.java --url URL --token-file FILE --agent NAME --order ID</pre>
 */
final class CityAgent {
  private static final String TYPE = "city.tiers.classify";
  private static final Set<String> WORK_LEFT = Set.of("queued", "checked_out", "in_progress");
  private static final long FIRST_PAUSE_MILLIS = 250;
  private static final long LONGEST_PAUSE_MILLIS = 2_000;

  private final WorkApi api;
  private final String agent;
  private final String order;
  private final long pauseMillis;
  private final ScheduledExecutorService heartbeats =
      Executors.newSingleThreadScheduledExecutor(
          task -> Thread.ofPlatform().daemon().name("heartbeat").unstarted(task));

  private CityAgent(WorkApi api, String agent, String order, long pauseMillis) {
    this.api = api;
    this.agent = agent;
    this.order = order;
    this.pauseMillis = pauseMillis;
  }

  public static void main(String[] args) throws Exception {
    var options = Options.of(args, "--url", "--token-file", "--agent", "--order", "--pause-ms");
    if (options.isEmpty() || options.get().missing("--url", "--token-file", "--agent", "--order")) {
      System.err.println(
          "Usage: CityAgent --url URL --token-file FILE --agent NAME --order ID [--pause-ms N]\n"
              + "  --pause-ms N   take N milliseconds for a batch (default 0)");
      System.exit(2);
    }
    var given = options.get();
    String token = Files.readString(Path.of(given.get("--token-file"))).strip();
    String agent = given.get("--agent");
    var api = new WorkApi(URI.create(given.get("--url")), token, agent, Duration.ofSeconds(60));
    long pauseMillis = Long.parseLong(given.get("--pause-ms", "0"));
    new CityAgent(api, agent, given.get("--order"), pauseMillis).run();
  }

  private void run() throws IOException, InterruptedException {
    say("started");
    var checkout = WorkApi.JSON.createObjectNode().put("type", TYPE).put("order", order);
    long pause = FIRST_PAUSE_MILLIS;
    while (true) {
      var reply = api.post("/checkout", checkout);
      if (reply.ok()) {
        work(reply.body().path("item"));
        pause = FIRST_PAUSE_MILLIS;
        continue;
      }
      if (reply.status() != 409) {
        reply.orThrow();
      }
      if (!WORK_LEFT.contains(orderState())) {
        say("nothing left to do");
        return;
      }
      // Whoever waits at the same time should not ask again at the same time.
      Thread.sleep(pause / 2 + ThreadLocalRandom.current().nextLong(pause / 2 + 1));
      pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS);
    }
  }

  private String orderState() throws InterruptedException {
    return api.get("/orders/" + order).orThrow().path("order").path("state").asText();
  }

  private void work(JsonNode item) throws InterruptedException {
    String id = item.path("id").asText();
    say("holds %s attempt %s".formatted(id, item.path("attempt").asText()));
    var lost = new AtomicBoolean();
    long everySeconds = Math.max(1, item.path("heartbeat_every_seconds").asLong(30));
    var beating =
        heartbeats.scheduleAtFixedRate(
            () -> heartbeat(item, lost), 0, everySeconds, TimeUnit.SECONDS);
    ObjectNode submission;
    try {
      submission = classify(item);
      Thread.sleep(pauseMillis);
    } finally {
      beating.cancel(false);
    }
    if (lost.get()) {
      say("lost " + id);
      return;
    }
    submit(id, submission);
  }

  private void heartbeat(JsonNode item, AtomicBoolean lost) {
    try {
      var reply = api.post("/items/" + item.path("id").asText() + "/heartbeat", proof(item));
      if (reply.status() == 409 || reply.status() == 404) {
        lost.set(true);
      }
    } catch (RuntimeException e) {
      // The lease may still live: the submit will tell.
      say("heartbeat failed: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void submit(String id, ObjectNode submission) throws InterruptedException {
    var reply = api.post("/items/" + id + "/submit", submission, UUID.randomUUID().toString());
    if (reply.ok()) {
      say("acknowledged " + id);
    } else if (reply.status() == 409) {
      say("refused %s %s".formatted(id, reply.code()));
    } else {
      reply.orThrow();
    }
  }

  private static ObjectNode proof(JsonNode item) {
    return WorkApi.JSON.createObjectNode().put("lease_token", token(item));
  }

  private static String token(JsonNode item) {
    return item.path("lease").path("token").asText();
  }

  private ObjectNode classify(JsonNode item) {
    ObjectNode submission = proof(item);
    ArrayNode classified = submission.putObject("result").putArray("cities");
    for (JsonNode city : item.path("input").path("cities")) {
      long population = city.path("population").asLong();
      classified
          .addObject()
          .put("city_id", city.path("city_id").asLong())
          .put("tier", tier(population))
          .put("reason", "%,d inhabitants".formatted(population));
    }
    return submission.put("notes", "Classified by " + agent + " from the population alone");
  }

  private static String tier(long population) {
    if (population >= 10_000_000) {
      return "megacity";
    }
    if (population >= 1_000_000) {
      return "large";
    }
    return population >= 100_000 ? "medium" : "small";
  }

  private void say(String what) {
    System.out.println(agent + " " + what);
  }
}
