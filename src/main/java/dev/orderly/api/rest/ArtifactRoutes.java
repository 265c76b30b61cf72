package dev.orderly.api.rest;

import dev.orderly.api.rest.handling.Bodies;
import dev.orderly.api.rest.handling.ByteRange;
import dev.orderly.api.rest.handling.Call;
import dev.orderly.api.rest.handling.Endpoint;
import dev.orderly.api.rest.handling.Reply;
import dev.orderly.artifacts.Artifact;
import dev.orderly.artifacts.Artifacts;
import dev.orderly.artifacts.Artifacts.Kept;
import dev.orderly.artifacts.Artifacts.Upload;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.MediaType;
import dev.orderly.domain.Quoted;
import dev.orderly.domain.Rejected;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Artifacts: uploading, looking, downloading. Bodies pass through and are never held. */
final class ArtifactRoutes {
  private static final int LONGEST_MEDIA_TYPE = 255;
  private static final String CLOSE = "close";

  private final Artifacts artifacts;

  ArtifactRoutes(Artifacts artifacts) {
    this.artifacts = artifacts;
  }

  Map<String, Endpoint> endpoints() {
    return Map.of("putArtifact", this::put, "headArtifact", this::head, "getArtifact", this::get);
  }

  private static String digest(Call call) {
    return call.path("sha256").toLowerCase(Locale.ROOT);
  }

  private Future<Reply> put(Call call) {
    var request = call.request();
    if (request.response().closed()) {
      throw new Rejected(ErrorCode.MALFORMED_REQUEST, "The connection broke off before the body");
    }
    boolean chunked = request.headers().contains(HttpHeaders.TRANSFER_ENCODING);
    var upload =
        new Upload(
            call.caller(),
            digest(call),
            mediaType(request),
            chunked ? -1 : Bodies.declared(request),
            Bodies.expectsContinue(request),
            request.pipe(),
            () -> {
              if (Bodies.expectsContinue(request)) {
                request.response().writeContinue();
              }
            });
    return artifacts
        .put(upload)
        .map(ArtifactRoutes::encode)
        // What is left of the body would be taken for the next request.
        .onComplete(done -> closeUnlessRead(request));
  }

  private static void closeUnlessRead(HttpServerRequest request) {
    if (!request.isEnded() && !request.response().headWritten()) {
      request.response().putHeader(HttpHeaders.CONNECTION, CLOSE);
    }
  }

  private static Reply encode(Kept kept) {
    var artifact = kept.artifact();
    return Reply.json(
            kept.created() ? 201 : 200, new JsonObject().put("artifact", artifact.toJson()))
        .with(HttpHeaders.ETAG.toString(), tag(artifact));
  }

  /** Null if the request does not say; the bytes are kept as they come, so they must be plain. */
  private static String mediaType(HttpServerRequest request) {
    var encoding = request.getHeader(HttpHeaders.CONTENT_ENCODING);
    if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
      throw new Rejected(
          ErrorCode.UNSUPPORTED_MEDIA_TYPE,
          "The digest is that of the bytes as they are sent, so they must not be compressed"
              + " or encoded");
    }
    var type = request.getHeader(HttpHeaders.CONTENT_TYPE);
    if (type == null) {
      return null;
    }
    if (type.length() > LONGEST_MEDIA_TYPE || MediaType.parse(type) == null) {
      throw new Rejected(
              ErrorCode.UNSUPPORTED_MEDIA_TYPE,
              "The Content-Type is no media type: " + Quoted.of(type))
          .next("Send a Content-Type such as text/markdown, or none");
    }
    return type.strip();
  }

  private Future<Reply> head(Call call) {
    return artifacts
        .find(call.caller().tenant(), digest(call))
        .map(
            artifact -> {
              describe(call.response(), artifact);
              call.response()
                  .putHeader(HttpHeaders.CONTENT_LENGTH, Long.toString(artifact.bytes()))
                  .end();
              return Reply.SENT;
            });
  }

  private Future<Reply> get(Call call) {
    return artifacts
        .find(call.caller().tenant(), digest(call))
        .compose(
            artifact ->
                isKnown(call, artifact) ? notModified(call, artifact) : send(call, artifact));
  }

  private static Future<Reply> notModified(Call call, Artifact artifact) {
    var response = call.response();
    describe(response, artifact);
    response.headers().remove(HttpHeaders.CONTENT_TYPE);
    response.setStatusCode(304).end();
    return Future.succeededFuture(Reply.SENT);
  }

  private Future<Reply> send(Call call, Artifact artifact) {
    var response = call.response();
    ByteRange range;
    try {
      range = ByteRange.of(rangeHeader(call, artifact), artifact.bytes());
    } catch (Rejected e) {
      response.putHeader("Content-Range", "bytes */" + artifact.bytes());
      throw e;
    }
    var whole = new ByteRange(0, artifact.bytes());
    var wanted = range == null ? whole : range;
    describe(response, artifact);
    response.putHeader(HttpHeaders.CONTENT_LENGTH, Long.toString(wanted.length()));
    if (range != null) {
      response.setStatusCode(206).putHeader("Content-Range", range.contentRange(artifact.bytes()));
    }
    return artifacts
        .send(artifact, wanted.first(), wanted.length(), response::write)
        .compose(sent -> response.end())
        .map(Reply.SENT)
        .onFailure(failure -> giveUp(call));
  }

  /** An answer that has begun can only be cut off; one that has not must not keep its headers. */
  private static void giveUp(Call call) {
    var response = call.response();
    if (response.headWritten()) {
      call.request().connection().close();
    } else {
      List.of("Content-Length", "Content-Range", "Content-Disposition", "ETag", "Accept-Ranges")
          .forEach(response.headers()::remove);
    }
  }

  /** A range of another version would be no use; there is none, unless the client errs. */
  private static String rangeHeader(Call call, Artifact artifact) {
    var condition = call.header("If-Range");
    return condition == null || condition.equals(tag(artifact)) ? call.header("Range") : null;
  }

  private static boolean isKnown(Call call, Artifact artifact) {
    var known = call.header("If-None-Match");
    return known != null
        && Arrays.stream(known.split(","))
            .map(String::strip)
            .anyMatch(
                one ->
                    one.equals("*")
                        || one.equals(tag(artifact))
                        || one.equals("W/" + tag(artifact)));
  }

  private static String tag(Artifact artifact) {
    return "\"" + artifact.sha256() + "\"";
  }

  /** Whoever uploaded it chose the bytes and their type: no browser shall run them here. */
  private static void describe(HttpServerResponse response, Artifact artifact) {
    response
        .putHeader(HttpHeaders.CONTENT_TYPE, artifact.mediaType())
        .putHeader(HttpHeaders.ETAG, tag(artifact))
        .putHeader(HttpHeaders.ACCEPT_RANGES, "bytes")
        .putHeader(HttpHeaders.CACHE_CONTROL, "private, no-cache")
        .putHeader("X-Content-Type-Options", "nosniff")
        .putHeader("Content-Security-Policy", "default-src 'none'; sandbox")
        .putHeader("Content-Disposition", "attachment; filename=\"" + artifact.sha256() + "\"");
  }
}
