package dev.orderly.api.rest;

import dev.orderly.api.ApiSettings;
import dev.orderly.api.LiveApi;
import dev.orderly.api.ws.SocketSettings;
import dev.orderly.artifacts.ArtifactsVerticle;
import dev.orderly.domain.Sha256;
import dev.orderly.testing.TestDatabase;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;

/** A server that takes artifacts, and a client for it. */
final class Uploads implements AutoCloseable {
  static final List<String> SCOPES = List.of("work.view", "work.checkout", "work.submit");

  final LiveApi api;
  private final HttpClient client = HttpClient.newHttpClient();

  Uploads(TestDatabase db, ArtifactsVerticle.Settings settings) {
    api = new LiveApi(db, apiSettings(), SocketSettings.defaults(), settings);
  }

  private static ApiSettings apiSettings() {
    return LiveApi.settings();
  }

  /** A token of a tenant, for an agent of that name. */
  String token(String tenant, String agent) {
    return api.token(tenant, agent, SCOPES, null).secret();
  }

  static byte[] bytes(int seed, int count) {
    var bytes = new byte[count];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  HttpResponse<String> put(String token, byte[] bytes, String... headers) {
    return put(token, Sha256.hex(bytes), BodyPublishers.ofByteArray(bytes), headers);
  }

  HttpResponse<String> put(String token, String sha256, BodyPublisher body, String... headers) {
    var request = request(token, sha256).PUT(body);
    if (headers.length > 0) {
      request.headers(headers);
    }
    return send(request, BodyHandlers.ofString(StandardCharsets.UTF_8));
  }

  HttpResponse<byte[]> get(String token, String sha256, String... headers) {
    var request = request(token, sha256).GET();
    if (headers.length > 0) {
      request.headers(headers);
    }
    return send(request, BodyHandlers.ofByteArray());
  }

  HttpResponse<String> head(String token, String sha256) {
    return send(request(token, sha256).HEAD(), BodyHandlers.ofString());
  }

  private HttpRequest.Builder request(String token, String sha256) {
    return HttpRequest.newBuilder(
            URI.create("http://127.0.0.1:" + api.port() + LiveApi.BASE + "/artifacts/" + sha256))
        .timeout(Duration.ofSeconds(30))
        .header("Authorization", "Bearer " + token);
  }

  private <T> HttpResponse<T> send(
      HttpRequest.Builder request, HttpResponse.BodyHandler<T> handler) {
    try {
      return client.send(request.build(), handler);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The head of an upload on a connection of its own. */
  RawHttp begin(String token, String sha256, String... headerLines) throws IOException {
    var raw = new RawHttp(api.port());
    raw.write(
        "PUT %s/artifacts/%s HTTP/1.1\r\nHost: orderly\r\nAuthorization: Bearer %s\r\n%s\r\n\r\n"
            .formatted(LiveApi.BASE, sha256, token, String.join("\r\n", headerLines)));
    return raw;
  }

  @Override
  public void close() {
    client.close();
    api.close();
  }
}
