package dev.orderly.api.rest;

import dev.orderly.artifacts.Artifact;
import dev.orderly.artifacts.Artifacts;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.function.Function;

/** Has none and takes none. */
final class NoArtifacts implements Artifacts {
  private static final Rejected NONE = new Rejected(ErrorCode.UNAVAILABLE, "not in this test");

  @Override
  public Future<Kept> put(Upload upload) {
    return Future.failedFuture(NONE);
  }

  @Override
  public Future<Artifact> find(String tenant, String sha256) {
    return Future.failedFuture(NONE);
  }

  @Override
  public Future<Void> send(
      Artifact artifact, long from, long length, Function<Buffer, Future<Void>> out) {
    return Future.failedFuture(NONE);
  }
}
