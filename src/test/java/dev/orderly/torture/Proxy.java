package dev.orderly.torture;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/** Passes bytes on between two parts of the system, until it is told not to. */
final class Proxy implements AutoCloseable {
  private static final int BUFFER = 16 * 1024;
  private static final int CONNECT_MILLIS = 2_000;

  private final ServerSocket server;
  private final InetSocketAddress target;
  private final Set<Pair> pairs = ConcurrentHashMap.newKeySet();
  private volatile boolean losing;

  /** Two ends of a connection; an answer that was lost makes it useless. */
  private record Pair(Socket client, Socket target, AtomicBoolean lost) {
    /** With a reset, as if the peer's machine had gone. */
    void cut() {
      for (var socket : new Socket[] {client, target}) {
        try {
          socket.setSoLinger(true, 0);
          socket.close();
        } catch (IOException e) {
          // It is closed already.
          continue;
        }
      }
    }
  }

  private Proxy(ServerSocket server, InetSocketAddress target) {
    this.server = server;
    this.target = target;
  }

  /**
   * @param host the address to listen on, at any free port
   */
  static Proxy open(String host, InetSocketAddress target) throws IOException {
    var server = new ServerSocket();
    server.bind(new InetSocketAddress(host, 0), 200);
    var proxy = new Proxy(server, target);
    Thread.ofVirtual().start(proxy::accept);
    return proxy;
  }

  String address() {
    return "%s:%d".formatted(server.getInetAddress().getHostAddress(), server.getLocalPort());
  }

  /** Breaks every connection that there is; new ones are let through. */
  void drop() {
    pairs.forEach(Pair::cut);
  }

  /** From now on what is asked is passed on, and what is answered is thrown away. */
  void loseAnswers() {
    losing = true;
  }

  /** Those that missed an answer are broken, as they must not get the next one for it. */
  void passAnswers() {
    losing = false;
    pairs.stream().filter(pair -> pair.lost().get()).forEach(Pair::cut);
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        var client = server.accept();
        Thread.ofVirtual().start(() -> connect(client));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void connect(Socket client) {
    var pair = new Pair(client, new Socket(), new AtomicBoolean());
    pairs.add(pair);
    try {
      client.setTcpNoDelay(true);
      pair.target().setTcpNoDelay(true);
      pair.target().connect(target, CONNECT_MILLIS);
      var back = Thread.ofVirtual().start(() -> pump(pair, pair.target(), client, true));
      pump(pair, client, pair.target(), false);
      back.join();
    } catch (IOException e) {
      pair.cut();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      pair.cut();
    } finally {
      pairs.remove(pair);
    }
  }

  private void pump(Pair pair, Socket from, Socket to, boolean answers) {
    var buffer = new byte[BUFFER];
    try {
      for (int read; (read = from.getInputStream().read(buffer)) >= 0; ) {
        if (answers && (losing || pair.lost().get())) {
          pair.lost().set(true);
        } else {
          to.getOutputStream().write(buffer, 0, read);
        }
      }
      pair.client().close();
      pair.target().close();
    } catch (IOException e) {
      pair.cut();
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    drop();
  }
}
