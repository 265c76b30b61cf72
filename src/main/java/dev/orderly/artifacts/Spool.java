package dev.orderly.artifacts;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where uploads wait until all of their bytes are there. Each run of a node has a directory of its
 * own beside a file that it keeps locked; what a run that died left is deleted by whoever opens the
 * spool next and finds the lock free.
 */
final class Spool implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Spool.class);
  private static final String LOCK = ".lock";

  private final Path directory;
  private final Path lockFile;
  private final FileChannel lock;

  private Spool(Path directory, Path lockFile, FileChannel lock) {
    this.directory = directory;
    this.lockFile = lockFile;
    this.lock = lock;
  }

  /** Blocks. */
  static Spool open(Path root) {
    var name = UUID.randomUUID().toString();
    try {
      Files.createDirectories(root);
      // One at a time, so that no lock file is met before its owner has locked it.
      synchronized (Spool.class) {
        try (var door = writable(root.resolve("door"));
            var held = door.lock()) {
          deleteLeft(root);
          var lockFile = root.resolve(name + LOCK);
          var lock = writable(lockFile);
          lock.lock();
          LOG.debug("Spooling uploads under {}, by {}", root, held);
          return new Spool(Files.createDirectory(root.resolve(name)), lockFile, lock);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot keep uploads under %s: %s".formatted(root, e), e);
    }
  }

  /** Deletes what dead runs left in a spool that is not used any more; blocks. */
  static void clean(Path root) {
    if (Files.isDirectory(root)) {
      open(root).close();
    }
  }

  /** Where the next upload goes. */
  Path next() {
    return directory.resolve(UUID.randomUUID().toString());
  }

  /** Deletes everything; blocks. */
  @Override
  public void close() {
    try {
      deleteAll(directory);
      lock.close();
      Files.deleteIfExists(lockFile);
    } catch (IOException e) {
      LOG.warn("Uploads under {} are left to the next start: {}", directory, e.toString());
    }
  }

  private static void deleteLeft(Path root) throws IOException {
    try (var locks = Files.newDirectoryStream(root, "*" + LOCK)) {
      for (var file : locks) {
        deleteIfLeft(root, file);
      }
    }
  }

  private static void deleteIfLeft(Path root, Path file) throws IOException {
    try (var channel = writable(file);
        var free = tryLock(channel)) {
      if (free != null) {
        var name = file.getFileName().toString();
        deleteAll(root.resolve(name.substring(0, name.length() - LOCK.length())));
        Files.delete(file);
      }
    }
  }

  /** Null if its owner lives. */
  private static FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      // Another node of this process.
      return null;
    }
  }

  private static FileChannel writable(Path file) throws IOException {
    return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
  }

  private static void deleteAll(Path directory) throws IOException {
    try (var all = Files.walk(directory)) {
      for (var path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (NoSuchFileException e) {
      LOG.debug("{} is gone already", directory);
    }
  }
}
