package dev.orderly.api.rest;

import dev.orderly.api.rest.handling.Call;
import dev.orderly.api.rest.handling.Endpoint;
import dev.orderly.api.rest.handling.Reply;
import dev.orderly.domain.Rejected;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.util.Map;

/** The contract and a page that shows it; all of it comes from this server. */
final class DocsRoutes {
  private static final String VIEWER = "/META-INF/resources/webjars/swagger-ui/5.31.0/";
  private static final String OWN = "/docs/";

  /** Only this server's own scripts, styles and answers; nobody may frame the page. */
  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline';"
          + " img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none';"
          + " frame-ancestors 'none'";

  /**
   * @param resource on the class path
   */
  private record Asset(String resource, String contentType) {}

  private static final Asset PAGE = new Asset(OWN + "index.html", "text/html; charset=utf-8");
  private static final Map<String, Asset> ASSETS =
      Map.of(
          "docs.js", new Asset(OWN + "docs.js", "text/javascript; charset=utf-8"),
          "swagger-ui.css", new Asset(VIEWER + "swagger-ui.css", "text/css; charset=utf-8"),
          "swagger-ui-bundle.js",
              new Asset(VIEWER + "swagger-ui-bundle.js", "text/javascript; charset=utf-8"),
          "favicon-32x32.png", new Asset(VIEWER + "favicon-32x32.png", "image/png"));

  private final Vertx vertx;
  private final String yaml;

  DocsRoutes(Vertx vertx, String yaml) {
    this.vertx = vertx;
    this.yaml = yaml;
  }

  Map<String, Endpoint> endpoints() {
    return Map.of(
        "openapi",
            call ->
                Future.succeededFuture(
                    Reply.text("application/yaml; charset=utf-8", Buffer.buffer(yaml))),
        "docs", call -> serve(PAGE).map(page -> page.with("Content-Security-Policy", POLICY)),
        "docsAsset", this::asset);
  }

  private Future<Reply> asset(Call call) {
    var name = call.path("asset");
    var asset = ASSETS.get(name);
    return asset == null
        ? Future.failedFuture(Rejected.notFound("part of this page", name))
        : serve(asset).map(found -> found.with("Cache-Control", "public, max-age=86400"));
  }

  /** Read anew each time: the viewer is rarely opened and would hold 2 MB. */
  private Future<Reply> serve(Asset asset) {
    return vertx
        .executeBlocking(() -> read(asset.resource()))
        .map(bytes -> Reply.text(asset.contentType(), bytes));
  }

  private static Buffer read(String resource) throws IOException {
    try (var in = DocsRoutes.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException(resource + " is missing from the class path");
      }
      return Buffer.buffer(in.readAllBytes());
    }
  }
}
