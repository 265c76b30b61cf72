package dev.orderly.artifacts;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.OpenOptions;
import io.vertx.sqlclient.SqlConnection;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.function.Function;

/**
 * Bytes in files of a directory that all nodes share. A file's name is its artifact's id and no
 * digest: whoever removes one can never hit another that was uploaded meanwhile.
 */
final class SharedDirectory implements Contents {
  static final String PLACE = "directory";

  private final Vertx vertx;
  private final Path directory;

  SharedDirectory(Vertx vertx, Path directory) {
    this.vertx = vertx;
    this.directory = directory;
  }

  @Override
  public String place() {
    return PLACE;
  }

  /**
   * @param spooled on the same file system: it is moved
   */
  @Override
  public void stage(UUID id, Path spooled) {
    blocking(
        () -> {
          sync(spooled, StandardOpenOption.WRITE);
          var file = file(id);
          Files.createDirectories(file.getParent());
          Files.move(spooled, file, StandardCopyOption.ATOMIC_MOVE);
          // A name is safe once its directory is, and so is a directory's.
          sync(file.getParent(), StandardOpenOption.READ);
          sync(directory, StandardOpenOption.READ);
          return null;
        });
  }

  @Override
  public void finish(SqlConnection connection, UUID id) {
    // The file says nothing of whether there is a row.
  }

  @Override
  public void read(UUID id, long from, long length, Function<Buffer, Future<Void>> out) {
    var file =
        vertx
            .fileSystem()
            .open(file(id).toString(), new OpenOptions().setWrite(false).setCreate(false))
            .await();
    try {
      long end = from + length;
      for (long at = from; at < end; ) {
        int wanted = (int) Math.min(CHUNK_BYTES, end - at);
        var chunk = file.read(Buffer.buffer(wanted), 0, at, wanted).await();
        if (chunk.length() == 0) {
          throw new IllegalStateException("the file of artifact %s is cut short".formatted(id));
        }
        out.apply(chunk).await();
        at += chunk.length();
      }
    } finally {
      file.close().await();
    }
  }

  @Override
  public void remove(UUID id) {
    blocking(() -> Files.deleteIfExists(file(id)));
  }

  /** The ids of files that were last written before a time. */
  List<UUID> olderThan(Instant time) {
    return blocking(() -> list(time));
  }

  private List<UUID> list(Instant time) throws IOException {
    var found = new ArrayList<UUID>();
    try (var shelves = Files.newDirectoryStream(directory, "[0-9a-f][0-9a-f]")) {
      for (var shelf : shelves) {
        try (var files = Files.newDirectoryStream(shelf)) {
          for (var file : files) {
            addIfOld(file, time, found);
          }
        }
      }
    }
    return found;
  }

  private static void addIfOld(Path file, Instant time, List<UUID> found) throws IOException {
    try {
      if (Files.getLastModifiedTime(file).toInstant().isBefore(time)) {
        found.add(UUID.fromString(file.getFileName().toString()));
      }
    } catch (NoSuchFileException | IllegalArgumentException e) {
      // Removed meanwhile, or none of ours.
      return;
    }
  }

  private Path file(UUID id) {
    var name = id.toString();
    return directory.resolve(name.substring(name.length() - 2)).resolve(name);
  }

  private static void sync(Path path, StandardOpenOption option) throws IOException {
    try (var channel = FileChannel.open(path, option)) {
      channel.force(true);
    }
  }

  private <T> T blocking(Callable<T> work) {
    return vertx
        .executeBlocking(
            () -> {
              try {
                return work.call();
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            },
            false)
        .await();
  }
}
