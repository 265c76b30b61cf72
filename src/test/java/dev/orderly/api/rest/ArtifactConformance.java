package dev.orderly.api.rest;

import static dev.orderly.api.LiveApi.json;
import static dev.orderly.api.rest.Uploads.bytes;
import static dev.orderly.api.rest.Uploads.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.orderly.api.LiveApi;
import dev.orderly.artifacts.RemoveUnused;
import dev.orderly.domain.Sha256;
import dev.orderly.testing.TestDatabase;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What uploads and downloads do wherever the bytes are kept: the same for every store. */
@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class ArtifactConformance {
  private static final int MOST = 1 << 20;

  final TestDatabase db = new TestDatabase();
  Path files;
  private Uploads uploads;
  private String agent;
  private int names;

  /** The directory under test; null for the database. */
  abstract Path directory(Path files);

  @BeforeAll
  void open(@TempDir Path directory) {
    files = directory;
    db.open();
    uploads = new Uploads(db, LiveApi.artifacts(files.resolve("spool"), directory(files)));
    agent = uploads.token("default", "agent");
  }

  @AfterAll
  void close() {
    uploads.close();
    db.close();
  }

  /** An agent of a tenant that has nothing yet. */
  private String stranger() {
    var name = "tenant-" + ++names;
    return uploads.token(name, name);
  }

  private static String code(HttpResponse<String> response) {
    return json(response).getString("code");
  }

  private long rows(String sha256) {
    return db.<Long>value("select count(*) from artifacts where sha256 = $1", sha256);
  }

  /** Uploads on their way. */
  private List<String> left() throws IOException {
    var directory = directory(files);
    var root = directory == null ? files.resolve("spool") : directory.resolve("incoming");
    var found = new ArrayList<String>();
    for (var file : root.toFile().listFiles()) {
      if (file.isDirectory()) {
        found.addAll(List.of(file.list()));
      }
    }
    return found;
  }

  private void awaitNothingLeft() throws IOException {
    while (!left().isEmpty()) {
      Thread.onSpinWait();
    }
  }

  @Test
  void givesBackWhatItWasGiven() throws Exception {
    var bytes = bytes(1, 700_001);
    var sha256 = Sha256.hex(bytes);

    var put = uploads.put(agent, bytes, "Content-Type", "text/markdown; charset=utf-8");

    assertThat(put.statusCode()).isEqualTo(201);
    var artifact = json(put).getJsonObject("artifact");
    assertThat(artifact.getString("sha256")).isEqualTo(sha256);
    assertThat(artifact.getInteger("bytes")).isEqualTo(bytes.length);
    assertThat(artifact.getString("media_type")).isEqualTo("text/markdown; charset=utf-8");
    assertThat(artifact.getString("created_at")).isNotBlank();
    var got = uploads.get(agent, sha256);
    assertThat(got.statusCode()).isEqualTo(200);
    assertThat(got.body()).isEqualTo(bytes);
    assertThat(got.headers().map())
        .containsEntry("content-length", List.of("700001"))
        .containsEntry("content-type", List.of("text/markdown; charset=utf-8"))
        .containsEntry("etag", List.of("\"" + sha256 + "\""))
        .containsEntry("x-content-type-options", List.of("nosniff"))
        .containsEntry("content-disposition", List.of("attachment; filename=\"" + sha256 + "\""));
    var head = uploads.head(agent, sha256.toUpperCase(java.util.Locale.ROOT));
    assertThat(head.statusCode()).isEqualTo(200);
    assertThat(head.headers().map()).containsEntry("content-length", List.of("700001"));
    assertThat(left()).isEmpty();
  }

  @Test
  void keepsWhatComesAgainOnce() {
    var bytes = text("twice");
    assertThat(uploads.put(agent, bytes).statusCode()).isEqualTo(201);

    var again = uploads.put(agent, bytes);

    assertThat(again.statusCode()).isEqualTo(200);
    assertThat(json(again).getJsonObject("artifact").getInteger("bytes")).isEqualTo(5);
    assertThat(rows(Sha256.hex(bytes))).isEqualTo(1);
  }

  @Test
  void refusesOtherBytesUnderADigestThatIsThere() {
    var bytes = text("the real ones");
    uploads.put(agent, bytes);

    var other = uploads.put(agent, Sha256.hex(bytes), BodyPublishers.ofString("not the real ones"));

    assertThat(other.statusCode()).isEqualTo(422);
    assertThat(code(other)).isEqualTo("digest_mismatch");
    assertThat(uploads.get(agent, Sha256.hex(bytes)).body()).isEqualTo(bytes);
  }

  @Test
  void refusesWhatDoesNotHaveTheDigest() throws Exception {
    var sha256 = Sha256.hex("promised");

    var put = uploads.put(agent, sha256, BodyPublishers.ofString("sent"));

    assertThat(put.statusCode()).isEqualTo(422);
    assertThat(code(put)).isEqualTo("digest_mismatch");
    assertThat(json(put).getString("detail")).contains(Sha256.hex("sent"), "4 bytes", sha256);
    assertThat(rows(sha256) + rows(Sha256.hex("sent"))).isZero();
    assertThat(left()).isEmpty();
    assertThat(uploads.get(agent, sha256).statusCode()).isEqualTo(404);
    assertThat(uploads.head(agent, sha256).statusCode()).isEqualTo(404);
  }

  @Test
  void refusesADigestThatIsNone() {
    for (var digest : List.of("abc", "g".repeat(64), "0".repeat(65), "0".repeat(63))) {
      var put = uploads.put(agent, digest, BodyPublishers.ofString("x"));
      assertThat(put.statusCode()).as(digest).isEqualTo(422);
      assertThat(code(put)).isEqualTo("invalid");
      assertThat(uploads.get(agent, digest).statusCode()).isEqualTo(422);
    }
  }

  @Test
  void takesAnEmptyBodyForTheEmptyFileOnly() {
    var put = uploads.put(agent, Sha256.hex("something"), BodyPublishers.noBody());
    assertThat(code(put)).isEqualTo("digest_mismatch");

    var empty = uploads.put(stranger(), Sha256.hex(""), BodyPublishers.noBody());
    assertThat(empty.statusCode()).isEqualTo(201);
    uploads.put(agent, Sha256.hex(""), BodyPublishers.noBody());
    var got = uploads.get(agent, Sha256.hex(""));
    assertThat(got.statusCode()).isEqualTo(200);
    assertThat(got.body()).isEmpty();
  }

  @Test
  void refusesTooMuchBeforeItIsSentIfItIsDeclared() throws Exception {
    try (var raw = uploads.begin(agent, "0".repeat(64), "Content-Length: " + (MOST + 1))) {
      assertThat(raw.readOne())
          .startsWith("HTTP/1.1 413 ")
          .contains("\"body_too_large\"")
          .contains(Integer.toString(MOST));
    }
    var exactly = bytes(2, MOST);
    assertThat(uploads.put(stranger(), exactly).statusCode()).isEqualTo(201);
  }

  @Test
  void refusesTooMuchAsSoonAsItIsThereIfItIsNot() throws Exception {
    var more = bytes(3, MOST + 1);
    try (var raw = uploads.begin(agent, Sha256.hex(more), "Transfer-Encoding: chunked")) {
      raw.write(Integer.toHexString(more.length) + "\r\n");
      raw.write(more);
      // The chunk does not end, and no other comes.
      assertThat(raw.readOne()).startsWith("HTTP/1.1 413 ").contains("\"body_too_large\"");
    }
    awaitNothingLeft();
    assertThat(rows(Sha256.hex(more))).isZero();
  }

  @Test
  void takesABodyInChunks() throws Exception {
    var bytes = text("in two chunks");
    try (var raw = uploads.begin(agent, Sha256.hex(bytes), "Transfer-Encoding: chunked")) {
      raw.write("3\r\nin \r\n");
      raw.write("a\r\ntwo chunks\r\n0\r\n\r\n");
      assertThat(raw.readOne()).startsWith("HTTP/1.1 201 ");
    }
    assertThat(uploads.get(agent, Sha256.hex(bytes)).body()).isEqualTo(bytes);
  }

  @Test
  void keepsNothingOfAnUploadWhoseConnectionBreaks() throws Exception {
    var bytes = bytes(4, 300_000);
    try (var raw =
        uploads.begin(agent, Sha256.hex(bytes), "Content-Length: 300000", "Expect: 100-continue")) {
      assertThat(raw.readOne()).startsWith("HTTP/1.1 100 ");
      raw.write(Arrays.copyOf(bytes, 200_000));
      while (left().isEmpty()) {
        Thread.onSpinWait();
      }
    }

    awaitNothingLeft();
    assertThat(rows(Sha256.hex(bytes))).isZero();
    assertThat(uploads.put(agent, bytes).statusCode()).isEqualTo(201);
  }

  @Test
  void givesUpOnAnUploadThatStandsStill() throws Exception {
    var bytes = text("slowly");
    try (var raw = uploads.begin(agent, Sha256.hex(bytes), "Content-Length: 6")) {
      raw.write("slow");
      assertThat(raw.readAll())
          .startsWith("HTTP/1.1 408 ")
          .contains("\"upload_timed_out\"", "4 bytes had come");
    }
    assertThat(left()).isEmpty();
  }

  @Test
  void tellsWhoWaitsWhetherToGoOn() throws Exception {
    var bytes = text("expected");
    var head =
        new String[] {"Content-Length: " + bytes.length, "Expect: 100-continue", "X-None: 1"};
    try (var raw = uploads.begin(agent, Sha256.hex(bytes), head)) {
      assertThat(raw.readOne()).startsWith("HTTP/1.1 100 ");
      raw.write(bytes);
      assertThat(raw.readOne()).startsWith("HTTP/1.1 201 ");
    }
    try (var raw = uploads.begin(agent, Sha256.hex(bytes), head)) {
      // What is there need not be sent.
      assertThat(raw.readAll()).startsWith("HTTP/1.1 200 ").contains("connection: close");
    }
    try (var raw =
        uploads.begin(agent, "1".repeat(64), "Content-Length: 99999999", "Expect: 100-continue")) {
      assertThat(raw.readAll()).startsWith("HTTP/1.1 413 ");
    }
  }

  private static <T> List<T> atOnce(int count, java.util.function.IntFunction<T> work)
      throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var calls =
          IntStream.range(0, count)
              .<Callable<T>>mapToObj(number -> () -> work.apply(number))
              .toList();
      var answers = new ArrayList<T>();
      for (Future<T> answer : threads.invokeAll(calls)) {
        answers.add(answer.get());
      }
      return answers;
    }
  }

  @Test
  void keepsOneOfManyThatComeAtOnce() throws Exception {
    var owner = stranger();
    for (int round = 0; round < 10; round++) {
      var bytes = bytes(100 + round, 290_000);

      var answers = atOnce(6, number -> uploads.put(owner, bytes).statusCode());

      assertThat(answers).containsOnlyOnce(201);
      assertThat(answers.stream().filter(status -> status == 200)).hasSize(5);
      assertThat(rows(Sha256.hex(bytes))).isEqualTo(1);
      assertThat(uploads.get(owner, Sha256.hex(bytes)).body()).isEqualTo(bytes);
    }
    assertThat(total("tenant-" + names)).isEqualTo(10 * 290_000L);
    assertThat(left()).isEmpty();
  }

  private long total(String tenant) {
    assertThat(db.<Long>value("select sum(bytes)::bigint from artifacts where tenant = $1", tenant))
        .isEqualTo(db.<Long>value("select bytes from artifact_totals where tenant = $1", tenant));
    return db.<Long>value("select bytes from artifact_totals where tenant = $1", tenant);
  }

  @Test
  void holdsATenantsTotalWhenManyComeAtOnce() throws Exception {
    var owner = stranger();
    var tenant = "tenant-" + names;

    var answers = atOnce(7, number -> uploads.put(owner, bytes(200 + number, MOST)));

    var refused = answers.stream().filter(answer -> answer.statusCode() != 201).toList();
    assertThat(refused).hasSize(4);
    assertThat(refused).allMatch(answer -> code(answer).equals("quota_exceeded"));
    assertThat(refused).allMatch(answer -> answer.statusCode() == 409);
    assertThat(total(tenant)).isEqualTo(3L * MOST);
    assertThat(left()).isEmpty();
    assertThat(code(uploads.put(owner, text("one more")))).isEqualTo("quota_exceeded");
    assertNoLooseChunks();
  }

  private void assertNoLooseChunks() {
    assertThat(
            db.<Long>value(
                "select count(*) from artifact_chunks c where not exists"
                    + " (select from artifacts a where a.id = c.artifact_id)"))
        .isZero();
    assertThat(db.<Long>value("select count(*) from artifact_writes")).isZero();
  }

  @Test
  void takesSoManyUploadsAtOnceAndNoMore() throws Exception {
    var open = new ArrayList<RawHttp>();
    try {
      for (int i = 0; i < 8; i++) {
        var raw =
            uploads.begin(
                agent, Sha256.hex("crowd-" + i), "Content-Length: 7", "Expect: 100-continue");
        open.add(raw);
        assertThat(raw.readOne()).startsWith("HTTP/1.1 100 ");
      }
      var ninth = uploads.put(agent, text("crowd-8"));
      assertThat(ninth.statusCode()).isEqualTo(503);
      assertThat(code(ninth)).isEqualTo("overloaded");
      open.getFirst().write("crowd-0");
      assertThat(open.getFirst().readOne()).startsWith("HTTP/1.1 201 ");
      assertThat(uploads.put(agent, text("crowd-8")).statusCode()).isEqualTo(201);
    } finally {
      for (var raw : open) {
        raw.close();
      }
    }
    awaitNothingLeft();
  }

  @Test
  void showsATenantNothingOfAnother() {
    var bytes = text("mine");
    uploads.put(agent, bytes);
    var other = stranger();

    assertThat(uploads.get(other, Sha256.hex(bytes)).statusCode()).isEqualTo(404);
    assertThat(uploads.head(other, Sha256.hex(bytes)).statusCode()).isEqualTo(404);
    // Nor whether it is there.
    assertThat(uploads.put(other, bytes).statusCode()).isEqualTo(201);
  }

  @Test
  void givesTheRangeThatIsAskedFor() {
    var bytes = bytes(5, 600_000);
    var sha256 = Sha256.hex(bytes);
    uploads.put(agent, bytes);

    var across = uploads.get(agent, sha256, "Range", "bytes=262100-262199");
    assertThat(across.statusCode()).isEqualTo(206);
    assertThat(across.headers().firstValue("content-range")).hasValue("bytes 262100-262199/600000");
    assertThat(across.body()).isEqualTo(Arrays.copyOfRange(bytes, 262_100, 262_200));
    assertThat(uploads.get(agent, sha256, "Range", "bytes=-10").body())
        .isEqualTo(Arrays.copyOfRange(bytes, 599_990, 600_000));
    assertThat(uploads.get(agent, sha256, "Range", "bytes=599999-").body())
        .isEqualTo(Arrays.copyOfRange(bytes, 599_999, 600_000));
    assertThat(uploads.get(agent, sha256, "Range", "bytes=5-1").statusCode()).isEqualTo(200);
    assertThat(uploads.get(agent, sha256, "Range", "lines=1-2").statusCode()).isEqualTo(200);
    assertThat(uploads.get(agent, sha256, "Range", "bytes=0-1", "If-Range", "\"x\"").statusCode())
        .isEqualTo(200);
    var outside = uploads.get(agent, sha256, "Range", "bytes=600000-");
    assertThat(outside.statusCode()).isEqualTo(416);
    assertThat(outside.headers().firstValue("content-range")).hasValue("bytes */600000");
    var known = uploads.get(agent, sha256, "If-None-Match", "\"" + sha256 + "\"");
    assertThat(known.statusCode()).isEqualTo(304);
    assertThat(known.body()).isEmpty();
  }

  @Test
  void refusesBodiesThatAreNotPlainAndTypesThatAreNone() {
    var bytes = text("plain");
    for (var headers :
        List.of(
            List.of("Content-Encoding", "gzip"),
            List.of("Content-Type", "nonsense"),
            List.of("Content-Type", "text/" + "x".repeat(300)))) {
      var put = uploads.put(agent, bytes, headers.toArray(String[]::new));
      assertThat(put.statusCode()).as(headers.toString()).isEqualTo(415);
      assertThat(code(put)).isEqualTo("unsupported_media_type");
    }
    assertThat(rows(Sha256.hex(bytes))).isZero();
  }

  @Test
  void labelsAnewWhatNoSubmissionNames() {
    var bytes = text("# a report");
    var first = json(uploads.put(agent, bytes)).getJsonObject("artifact");
    assertThat(first.getString("media_type")).isEqualTo("application/octet-stream");

    var again = uploads.put(agent, bytes, "Content-Type", "text/markdown");

    assertThat(again.statusCode()).isEqualTo(200);
    assertThat(json(again).getJsonObject("artifact").getString("media_type"))
        .isEqualTo("text/markdown");
    // Whoever does not say keeps what it was.
    assertThat(json(uploads.put(agent, bytes)).getJsonObject("artifact").getString("media_type"))
        .isEqualTo("text/markdown");
  }

  @Test
  void refusesThoseWhoMayNotUpload() {
    var viewer = uploads.api.token("default", "viewer-" + ++names, List.of("work.view"), null);
    var bytes = bytes(6, 200_000);
    assertThat(uploads.put(viewer.secret(), bytes).statusCode()).isEqualTo(403);
    assertThat(uploads.put("nobody", bytes).statusCode()).isEqualTo(401);
    assertThat(rows(Sha256.hex(bytes))).isZero();
  }

  private RemoveUnused remove() {
    return new RemoveUnused(
        db.vertx(),
        db.database().background(),
        Duration.ofHours(24),
        directory(files),
        InstantSource.system());
  }

  private void age(String sha256) {
    db.execute(
        "update artifacts set touched_at = touched_at - interval '25 hours' where sha256 = $1",
        sha256);
  }

  @Test
  void removesWhatNothingRefersToAndNothingElse() throws Exception {
    var owner = stranger();
    var tenant = "tenant-" + names;
    var old = bytes(7, 300_000);
    var fresh = text("fresh");
    var again = text("uploaded again");
    for (var bytes : List.of(old, fresh, again)) {
      uploads.put(owner, bytes);
    }
    age(Sha256.hex(old));
    age(Sha256.hex(again));
    assertThat(uploads.put(owner, again).statusCode()).isEqualTo(200);

    assertThat(db.run(remove()::artifacts)).isEqualTo(1);

    assertThat(uploads.get(owner, Sha256.hex(old)).statusCode()).isEqualTo(404);
    assertThat(uploads.get(owner, Sha256.hex(fresh)).body()).isEqualTo(fresh);
    assertThat(uploads.get(owner, Sha256.hex(again)).body()).isEqualTo(again);
    assertThat(total(tenant)).isEqualTo(fresh.length + again.length);
    assertNoLooseChunks();
    assertThat(uploads.put(owner, old).statusCode()).isEqualTo(201);
    assertThat(uploads.get(owner, Sha256.hex(old)).body()).isEqualTo(old);
  }

  @Test
  void cutsOffADownloadWhoseBytesAreGone() {
    var bytes = bytes(8, 600_000);
    uploads.put(agent, bytes);
    breakBytes(
        db.<java.util.UUID>value("select id from artifacts where sha256 = $1", Sha256.hex(bytes)));

    assertThatThrownBy(() -> uploads.get(agent, Sha256.hex(bytes)))
        .hasRootCauseInstanceOf(IOException.class);
  }

  /** Takes away the end of what is kept. */
  abstract void breakBytes(java.util.UUID id);
}
