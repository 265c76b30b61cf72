package dev.orderly.api.rest.handling;

import dev.orderly.api.RequestMetrics;
import io.vertx.core.http.HttpServerRequest;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** What the log and the metrics come to say of one request. */
public final class RequestTrace {
  public static final String HEADER = "X-Request-ID";

  /** 503: overloaded, or a part that is away, which has lines of its own. */
  private static final int TURNED_AWAY = 503;

  private static final Logger LOG = LoggerFactory.getLogger("dev.orderly.api.access");
  private static final Pattern SANE = Pattern.compile("[A-Za-z0-9._:-]{1,128}");

  private final String requestId;
  private final long startNanos = System.nanoTime();
  private String operation = RequestMetrics.UNMATCHED;
  private Map<String, String> path = Map.of();
  private String agentId;
  private Throwable failure;
  private String incident;
  private boolean ended;

  private RequestTrace(String requestId) {
    this.requestId = requestId;
  }

  static RequestTrace begin(HttpServerRequest request) {
    var trace = new RequestTrace(requestId(request));
    request.response().putHeader(HEADER, trace.requestId);
    return trace;
  }

  /** The client's own id if it is short and harmless, else a new one. */
  public static String requestId(HttpServerRequest request) {
    var sent = request.getHeader(HEADER);
    if (sent != null && SANE.matcher(sent).matches()) {
      return sent;
    }
    var random = ThreadLocalRandom.current();
    var hex = HexFormat.of();
    return hex.toHexDigits(random.nextLong()) + hex.toHexDigits(random.nextLong());
  }

  public String requestId() {
    return requestId;
  }

  String operation() {
    return operation;
  }

  long nanos() {
    return System.nanoTime() - startNanos;
  }

  /**
   * @param parameters the path's
   */
  void matched(String operationId, Map<String, String> parameters) {
    operation = operationId;
    path = parameters;
  }

  void agent(String id) {
    agentId = id;
  }

  /** Something broke; the log will tie it to the incident that the client was told. */
  void failed(Throwable cause, String incidentId) {
    failure = cause;
    incident = incidentId;
  }

  /**
   * @return true the first time: the connection of an answered request closes sooner or later
   */
  boolean end() {
    boolean first = !ended;
    ended = true;
    return first;
  }

  /**
   * One line: failures of the server as errors, what it turns away for now as a warning; all else,
   * and probes of health, for debugging.
   */
  void log(HttpServerRequest request) {
    int status = request.response().getStatusCode();
    boolean probe = operation.startsWith("health") && failure == null;
    var level =
        status < 500 || probe ? Level.DEBUG : status == TURNED_AWAY ? Level.WARN : Level.ERROR;
    if (!LOG.isEnabledForLevel(level)) {
      return;
    }
    var line = LOG.atLevel(level).addKeyValue("request_id", requestId);
    var order = path.get("order");
    var item = path.get("item");
    line = order == null ? line : line.addKeyValue("order_id", order);
    line = item == null ? line : line.addKeyValue("item_id", item);
    line = agentId == null ? line : line.addKeyValue("agent_id", agentId);
    line = incident == null ? line : line.addKeyValue("incident", incident);
    line = failure == null ? line : line.setCause(failure);
    line.log("{} {} -> {} in {} ms", request.method(), request.path(), status, nanos() / 1_000_000);
  }
}
