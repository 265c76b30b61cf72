package dev.orderly.storage.embedded;

import dev.orderly.storage.StorageException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps a data directory for one node; it ends with the process, however that ends. */
final class DirectoryLock implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DirectoryLock.class);

  private final FileChannel file;

  private DirectoryLock(FileChannel file) {
    this.file = file;
  }

  /**
   * @param directory one that is there
   * @throws StorageException if another node has it
   */
  static DirectoryLock of(Path directory) throws IOException {
    var file =
        FileChannel.open(
            directory.resolve("orderly.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    if (!tryLock(file)) {
      file.close();
      throw new StorageException(
          "The data directory %s is in use by another Orderly node".formatted(directory));
    }
    return new DirectoryLock(file);
  }

  private static boolean tryLock(FileChannel file) throws IOException {
    try {
      return file.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      // Another node in this very process.
      return false;
    }
  }

  @Override
  public void close() {
    try {
      file.close();
    } catch (IOException e) {
      LOG.warn("The data directory's lock was not released", e);
    }
  }
}
