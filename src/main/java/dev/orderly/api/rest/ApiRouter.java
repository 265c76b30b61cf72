package dev.orderly.api.rest;

import dev.orderly.api.ApiSettings;
import dev.orderly.api.Authenticator;
import dev.orderly.api.Collaborators;
import dev.orderly.api.ProblemJson;
import dev.orderly.api.RequestMetrics;
import dev.orderly.api.SocketDoor;
import dev.orderly.api.rest.contract.Contract;
import dev.orderly.api.rest.contract.PathTree;
import dev.orderly.api.rest.handling.Bodies;
import dev.orderly.api.rest.handling.Dispatcher;
import dev.orderly.api.rest.handling.Endpoint;
import dev.orderly.api.rest.handling.OpenWaits;
import dev.orderly.api.rest.handling.OperationHandler;
import dev.orderly.api.rest.handling.Problems;
import dev.orderly.api.rest.handling.Reply;
import dev.orderly.api.rest.handling.RequestDecoder;
import dev.orderly.api.rest.handling.RequestTrace;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.HashMap;
import java.util.Map;

/** Puts the routes together, as the contract has them. */
public final class ApiRouter {
  private final Vertx vertx;
  private final ApiSettings settings;
  private final Contract contract;
  private final Collaborators with;
  private final Authenticator authenticator;
  private final SocketDoor sockets;
  private final OpenWaits waits;
  private final RequestMetrics metrics;
  private final Bodies bodies;
  private final Problems problems;

  public ApiRouter(
      Vertx vertx,
      ApiSettings settings,
      Contract contract,
      Collaborators with,
      Authenticator authenticator,
      SocketDoor sockets,
      OpenWaits waits) {
    this.vertx = vertx;
    this.settings = settings;
    this.contract = contract;
    this.with = with;
    this.authenticator = authenticator;
    this.sockets = sockets;
    this.waits = waits;
    this.metrics =
        new RequestMetrics(
            with.meters(),
            "orderly.http.requests",
            "HTTP requests, from their head to the end of the answer");
    this.bodies = new Bodies(vertx, settings.maxBodyBytes());
    this.problems = new Problems(bodies);
  }

  /**
   * @throws IllegalStateException if the contract and the endpoints do not match one to one
   */
  public Handler<HttpServerRequest> create() {
    var endpoints = endpoints();
    var operations = new PathTree<OperationHandler>();
    for (var spec : contract.operations()) {
      var endpoint = endpoints.remove(spec.id());
      if (endpoint == null) {
        throw new IllegalStateException("nothing serves the operation " + spec.id());
      }
      var decoder = new RequestDecoder(spec, settings.enforceOn());
      operations.add(
          spec.method(),
          spec.path(),
          new OperationHandler(spec, decoder, authenticator, bodies, problems, endpoint));
    }
    if (!endpoints.isEmpty()) {
      throw new IllegalStateException("the contract does not know " + endpoints.keySet());
    }
    return new Dispatcher(operations, with.draining(), metrics, problems);
  }

  private Map<String, Endpoint> endpoints() {
    var basePath = settings.basePath();
    var endpoints = new HashMap<String, Endpoint>();
    endpoints.putAll(new OrderRoutes(with.bus(), basePath).endpoints());
    endpoints.putAll(new ChangeRoutes(with.bus(), basePath).endpoints());
    endpoints.putAll(new ItemRoutes(with.bus()).endpoints());
    endpoints.putAll(new ReviewRoutes(with.bus()).endpoints());
    endpoints.putAll(new PartRoutes(with.bus()).endpoints());
    endpoints.putAll(new LeaseRoutes(with.desks(), with.bus(), waits).endpoints());
    endpoints.putAll(new ArtifactRoutes(with.artifacts()).endpoints());
    endpoints.putAll(new BatchRoutes(with.desks(), with.bus()).endpoints());
    endpoints.put(
        "connectAgent",
        call -> sockets.open(call.request(), call.principal(), call.caller()).map(Reply.UPGRADED));
    endpoints.putAll(new TypeRoutes(with.bus()).endpoints());
    endpoints.putAll(new TokenRoutes(with.bus(), with.clock()).endpoints());
    endpoints.putAll(new ClusterRoutes(with.bus(), with.placement()).endpoints());
    endpoints.putAll(new SystemRoutes(vertx, with, basePath).endpoints());
    endpoints.putAll(new DocsRoutes(vertx, contract.yaml()).endpoints());
    return endpoints;
  }

  /** What the HTTP decoder cannot make sense of; nothing after it can be trusted. */
  public static void refuse(HttpServerRequest request) {
    var rejected =
        new Rejected(
            ErrorCode.MALFORMED_REQUEST,
            "This is no HTTP request, or its head is larger than this server takes");
    request
        .response()
        .setStatusCode(rejected.code().status())
        .putHeader(HttpHeaders.CONTENT_TYPE, Problems.CONTENT_TYPE)
        .putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE)
        .putHeader(RequestTrace.HEADER, RequestTrace.requestId(request))
        .end(ProblemJson.of(rejected).toBuffer())
        .onComplete(sent -> request.connection().close());
  }
}
