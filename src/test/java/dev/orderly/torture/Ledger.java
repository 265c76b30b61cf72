package dev.orderly.torture;

import io.vertx.core.json.DecodeException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * Entries in a file that only grows. Each is written by one call to the system, so that it is there
 * if the process is killed right afterwards.
 */
final class Ledger implements AutoCloseable {
  private final FileChannel file;

  private Ledger(FileChannel file) {
    this.file = file;
  }

  static Ledger open(Path path) throws IOException {
    return new Ledger(FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND));
  }

  synchronized void add(Entry entry) {
    var line = ByteBuffer.wrap((entry.toLine() + "\n").getBytes(StandardCharsets.UTF_8));
    try {
      while (line.hasRemaining()) {
        file.write(line);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A line that was being written as its process was killed is passed over, if it is the last. */
  static List<Entry> read(Path path) throws IOException {
    var entries = new ArrayList<Entry>();
    var lines = Files.readAllLines(path);
    for (int i = 0; i < lines.size(); i++) {
      try {
        entries.add(Entry.ofLine(lines.get(i)));
      } catch (DecodeException e) {
        if (i < lines.size() - 1) {
          throw new IOException("%s:%d is torn".formatted(path, i + 1), e);
        }
      }
    }
    return entries;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
