package dev.orderly.types.declarative;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.orderly.domain.Progress.OnItemFailure;
import dev.orderly.testing.TypeTexts;
import dev.orderly.types.ApplyExtras.Hook;
import dev.orderly.types.ApplySpec;
import dev.orderly.types.OrderType;
import dev.orderly.types.ReviewPolicy;
import dev.orderly.types.TypeFailure;
import dev.orderly.types.TypeFileException;
import dev.orderly.types.TypeLimits;
import dev.orderly.types.TypeSettings;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TypeFilesTest {
  @TempDir Path directory;

  @Test
  void leastFileHasTheDefaults() {
    var type = TypeTexts.type(directory, TypeTexts.LEAST);

    assertThat(type.name()).isEqualTo("least.type");
    assertThat(type.version()).matches("1-[0-9a-f]{12}");
    assertThat(type.title()).isEqualTo("least.type");
    assertThat(type.description()).isEmpty();
    assertThat(type.settings()).isEqualTo(TypeSettings.DEFAULT);
    assertThat(type.review()).isEqualTo(ReviewPolicy.DEFAULT);
    assertThat(type.apply()).isEqualTo(new ApplySpec.None(null));
  }

  @Test
  void readsWhatIsAskedOfReviewers() {
    var type =
        TypeTexts.type(
            directory,
            TypeTexts.LEAST
                + "\napproval: { quorum: 2, four_eyes: true, require_digest: true, escalate_after_seconds: 60 }\n");

    assertThat(type.review()).isEqualTo(new ReviewPolicy(2, true, true, 60));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{ quorum: 0 }                | quorum",
        "{ quorum: 21 }               | quorum",
        "{ quorum: two }              | quorum",
        "{ mode: auto, quorum: 2 }    | a quorum needs mode: manual",
        "{ four_eyes: maybe }         | four_eyes",
        "{ escalate_after_seconds: 0 }| escalate_after_seconds",
        "{ quorums: 2 }               | quorums"
      })
  void refusesWhatCannotBeAskedOfReviewers(String approval, String cause) {
    var file = TypeTexts.file(directory, "faulty", TypeTexts.LEAST + "\napproval: " + approval);

    assertThat(faults(file)).singleElement().satisfies(fault -> assertThat(fault).contains(cause));
  }

  @Test
  void everySettingIsRead() {
    var type =
        TypeTexts.type(
            directory,
            """
            type: full
            version: 2.1-rc
            title: Full
            description: All of it
            payload: { type: object }
            submission: { schema: { type: object } }
            approval: { mode: auto }
            apply:
              webhook:
                url: https://example.org/hook
                headers: { X-Key: '${KEY}' }
                secret: hook
                timeout_seconds: 7
              max_attempts: 9
            retry: { max_attempts: 4, backoff_seconds: 6, max_backoff_seconds: 60, jitter_seconds: 1 }
            lease: { ttl_seconds: 30, heartbeat_every_seconds: 8 }
            on_item_failure: continue
            limits: { leases: 20, checkouts_per_second: 2.5, key: item.input.a, leases_per_key: 2, fair: true }
            priority: { ageing_seconds: 60 }
            """);

    assertThat(type.version()).startsWith("2.1-rc-");
    assertThat(type.title()).isEqualTo("Full");
    assertThat(type.description()).isEqualTo("All of it");
    assertThat(type.settings())
        .isEqualTo(
            new TypeSettings(4, 6, 60, 1, 30, 8, true, OnItemFailure.CONTINUE, 9)
                .limited(new TypeLimits(20, 2, 2.5, true))
                .ageing(60));
    assertThat(type.apply())
        .isEqualTo(
            new ApplySpec.Webhook(
                "https://example.org/hook",
                Map.of("X-Key", "${KEY}"),
                "hook",
                Duration.ofSeconds(7)));
  }

  @Test
  void documentedFileIsValid() throws IOException {
    var page = Files.readString(Path.of("docs/order-types.md"));
    int start = page.indexOf("```yaml\n") + "```yaml\n".length();

    var type = TypeTexts.type(directory, page.substring(start, page.indexOf("```", start)));

    assertThat(type.name()).isEqualTo("invoice.check");
    assertThat(type.settings()).isEqualTo(TypeSettings.DEFAULT);
  }

  @Test
  void onlyTrueAndFalseAreBooleans() {
    var type =
        TypeTexts.type(
            directory,
            TypeTexts.LEAST.replace(
                "payload: { type: object }", "payload: { enum: [yes, no, on, off, NO, true] }"));

    assertThat(type.payloadSchema().encode())
        .isEqualTo("{\"enum\":[\"yes\",\"no\",\"on\",\"off\",\"NO\",true]}");
  }

  @Test
  void limitsThatGoByAKeyNeedOne() {
    assertThatThrownBy(
            () ->
                TypeTexts.type(
                    directory, TypeTexts.LEAST + "limits: { leases_per_key: 2, fair: true }\n"))
        .hasMessageContaining("limits.leases_per_key: needs limits.key")
        .hasMessageContaining("limits.fair: needs limits.key");
  }

  @Test
  void shortLeaseGetsAHeartbeatWithinIt() {
    var type = TypeTexts.type(directory, TypeTexts.LEAST + "lease: { ttl_seconds: 9 }\n");

    assertThat(type.settings().heartbeatEverySeconds()).isEqualTo(3);
  }

  @Test
  void everyFaultOfEveryFileIsReportedWithItsLine() {
    TypeTexts.file(
        directory,
        "a",
        """
        type: Bad Name
        colour: red
        payload:
          type: object
          properties:
            n:
              type: strin
        plan: |
          (
            $upercase("a")
          )
        submission:
          schema:
            $ref: '#/$defs/none'
          checks:
            - code: c
              expect: 'a +'
        apply:
          none: {}
          webhook:
            url: ftp://x
        retry: { max_attempts: 0 }
        """);
    TypeTexts.file(
        directory,
        "b",
        "type: b\npayload: [1]\nsubmission: {}\napply: {}\nlease: {ttl_seconds: 5, heartbeat_every_seconds: 6}\n");

    var lines = faults(directory);

    assertThat(lines)
        .containsExactlyInAnyOrder(
            at(
                "a",
                1,
                "type: expected text matching ^[a-z][a-z0-9_.-]{0,119}$, found \"Bad Name\""),
            at(
                "a",
                2,
                "colour: unexpected property; expected only type, version, title, description,"
                    + " payload, plan, submission, evidence, parts, approval, apply, after_apply, follow_up,"
                    + " revert, retry, lease, limits, priority, dependencies, on_item_failure"),
            at(
                "a",
                7,
                "payload.properties.n.type: not a JSON Schema: expected a match with one of the"
                    + " alternatives, found none (0: expected one of \"array\", \"boolean\", \"integer\","
                    + " \"null\", \"number\", \"object\", \"string\", found \"strin\"; 1: expected array,"
                    + " found string \"strin\")"),
            at("a", 10, "plan: not valid JSONata: there is no function $upercase"),
            at(
                "a",
                14,
                "submission.schema.$ref: not a JSON Schema: $ref #/$defs/none leads nowhere in"
                    + " this schema"),
            at("a", 16, "submission.checks.0: expected one of message and message_expression"),
            at(
                "a",
                17,
                "submission.checks.0.expect: not valid JSONata: Unexpected end of expression"),
            at(
                "a",
                18,
                "apply: expected exactly one of none, webhook and sql, found none, webhook"),
            at("a", 21, "apply.webhook.url: expected an http or https URL, found ftp://x"),
            at("a", 22, "retry.max_attempts: expected at least 1, found 0"),
            at("b", 2, "payload: expected object, found array [1]"),
            at("b", 3, "submission: required property \"schema\" is missing"),
            at("b", 4, "apply: expected exactly one of none, webhook and sql, found none of them"),
            at("b", 5, "lease.heartbeat_every_seconds: must not be more than ttl_seconds"));
  }

  @Test
  void whatFollowsAChangeIsRead() {
    var type =
        TypeTexts.type(
            directory,
            TypeTexts.LEAST
                + """
                after_apply:
                  - webhook: { url: 'https://example.org/told', secret: told, timeout_seconds: 3 }
                  - sql:
                      statement: insert into told values (:id)
                      params: { id: order.id }
                follow_up: '{"type": "next", "payload": diff}'
                """);

    var extras = type.applyExtras();
    assertThat(extras.perItem()).isFalse();
    assertThat(extras.isFollowed()).isTrue();
    assertThat(extras.hooks().getFirst())
        .isEqualTo(
            new Hook.Webhook(
                new ApplySpec.Webhook(
                    "https://example.org/told", Map.of(), "told", Duration.ofSeconds(3))));
    assertThat(extras.hooks().get(1))
        .isInstanceOfSatisfying(
            Hook.Sql.class,
            hook -> {
              assertThat(hook.datasource()).isEqualTo("orderly");
              assertThat(hook.params()).containsOnlyKeys("id");
            });
    assertThat(extras.followUps().source()).contains("next");
  }

  @Test
  void whatIsWrongWithWhatFollowsAChangeIsReportedWithItsLine() {
    var file =
        TypeTexts.file(
            directory,
            "follow",
            """
            type: follow
            payload: { type: object }
            submission: { schema: { type: object } }
            apply:
              none: {}
              per: batch
            after_apply:
              - webhook: { url: 'mailto:x' }
                sql: { statement: select 1 }
              - {}
              - webhook: { url: 'mailto:x' }
              - sql:
                  statement: select :a
                  params: { b: order.id }
              - sql: { statement: select 1, retries: 3 }
            follow_up: $first(
            """);

    assertThat(faults(file))
        .containsExactlyInAnyOrder(
            at("follow", 6, "apply.per: expected one of \"order\", \"item\", found \"batch\""),
            at("follow", 8, "after_apply.0: expected exactly one of webhook and sql, found both"),
            at(
                "follow",
                10,
                "after_apply.1: expected exactly one of webhook and sql, found neither"),
            at(
                "follow",
                11,
                "after_apply.2.webhook.url: expected an http or https URL, found mailto:x"),
            at(
                "follow",
                13,
                "after_apply.3.sql.statement: the statement uses :a, which has no expression in params"),
            at(
                "follow",
                13,
                "after_apply.3.sql.statement: params gives b, which the statement does not use"),
            at(
                "follow",
                15,
                "after_apply.4.sql.retries: unexpected property; expected only datasource, statement, params"),
            at(
                "follow",
                16,
                "follow_up: not valid JSONata: Expected \")\" before end of expression"));
  }

  @Test
  void whatIsMadeItemByItemIsNotForetold() {
    var file =
        TypeTexts.file(
            directory,
            "single",
            """
            type: single
            payload: { type: object }
            submission: { schema: { type: object } }
            approval:
              hold_on_difference: true
            apply:
              webhook: { url: 'https://example.org/x' }
              per: item
              preview: { after: order.payload }
            """);

    var cause = ": does not go with per: item, whose changes are made one by one";
    assertThat(faults(file))
        .containsExactlyInAnyOrder(
            at("single", 5, "approval.hold_on_difference" + cause),
            at("single", 9, "apply.preview" + cause));
  }

  @Test
  void sqlIsCheckedForItsParameters() {
    var file =
        TypeTexts.file(
            directory,
            "sql",
            """
            type: sql
            payload: { type: object }
            submission: { schema: { type: object } }
            apply:
              sql:
                setup:
                  - create table t (at text default ':none'::text)
                  - insert into t values (:at)
                steps:
                  - name: one
                    params: { rows: items.result, more: '1' }
                    statement: |
                      select :rows::jsonb -- :comment
                  - name: one
                    statement: select (array[1,2])[1:2], $$ :quoted $$
                diff:
                  before: { query: 'select :x', value: '1' }
                  after: { value: steps, key: id }
            """);

    assertThat(faults(file))
        .containsExactlyInAnyOrder(
            at(
                "sql",
                8,
                "apply.sql.setup.1: the statement uses :at, which has no expression in params"),
            at(
                "sql",
                12,
                "apply.sql.steps.0.statement: params gives more, which the statement does not use"),
            at("sql", 14, "apply.sql.steps.1.name: another step is called one already"),
            at("sql", 17, "apply.sql.diff.before: expected one of query and value"),
            at("sql", 18, "apply.sql.diff.after.key: key belongs to a query"));
  }

  @Test
  void findsParametersAsTheStatementsRunDoes() {
    var file =
        TypeTexts.file(
            directory,
            "sql",
            """
            type: sql.type
            payload: {}
            submission:
              schema: {}
            apply:
              sql:
                steps:
                  - name: one
                    statement: select E'it\\'s :a', /* :b /* :c */ :d */ $t1$ :e $$ :f $t1$, 1
                  - name: two
                    params: { x: '1' }
                    statement: select ':y', "a"":z", :x::text, a$b$c, v[1:2] -- $b$
                diff:
                  before: { value: order }
                  after: { value: order }
            """);

    assertThat(TypeFiles.load(List.of(file))).hasSize(1);
  }

  @Test
  void oneTypeInTwoFilesIsRefused() {
    var first = TypeTexts.file(directory, "a", TypeTexts.LEAST);
    TypeTexts.file(directory, "b", TypeTexts.LEAST);

    assertThat(faults(directory))
        .containsExactly(at("b", 1, "type least.type is declared in " + first + " already"));
  }

  @Test
  void everyFaultOfPartsIsReportedWithItsLine() {
    var file =
        TypeTexts.file(
            directory,
            "p",
            TypeTexts.LEAST
                + """
                parts:
                  colour: red
                  max_count: 0
                  required: $unheard(1)
                  keys:
                    - key: a
                      pattern: a
                    - pattern: '['
                    - pattern: 'b.*'
                      required: true
                    - key: c
                      mode: heap
                    - key: d
                      schema: { type: strin }
                    - key: d
                      checks: [{ code: x, expect: part }]
                """);

    assertThat(faults(file))
        .hasSize(10)
        .anySatisfy(
            line ->
                assertThat(line)
                    .startsWith(
                        at("p", 8, "parts.colour: unexpected property; expected only only")))
        .contains(
            at("p", 9, "parts.max_count: expected at least 1, found 0"),
            at("p", 10, "parts.required: not valid JSONata: there is no function $unheard"),
            at("p", 12, "parts.keys.0: expected one of key and pattern"),
            at("p", 14, "parts.keys.1.pattern: not a regular expression: Unclosed character class"),
            at(
                "p",
                16,
                "parts.keys.2.required: what fits a pattern cannot be; name such keys in"
                    + " parts.required"),
            at("p", 21, "parts.keys.5.key: the key d is there already"))
        .anySatisfy(line -> assertThat(line).contains(":18: parts.keys.3.mode: "))
        .anySatisfy(line -> assertThat(line).contains(":20: parts.keys.4.schema.type: not a JSON"))
        .anySatisfy(
            line ->
                assertThat(line).contains(":22: parts.keys.5.checks.0: expected one of message"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          'a: [1'                                       | 1 | not YAML:
          'a: 1\n\tb: 2'                                | 2 | not YAML:
          ''                                            | 1 | the file is empty
          '- a'                                         | 1 | expected an object
          'type: a\ntype: b'                            | 2 | duplicate key type, first on line 1
          'type: &x a\ntitle: *x'                       | 2 | anchors and aliases are not supported
          'title: a\n---\ntitle: b'                     | 3 | expected one document
          'a: .inf'                                     | 1 | not YAML:
          'a: 1e999'                                    | 1 | a number that JSON cannot hold
          """)
  void unreadableYamlIsNamedWithItsLine(String text, int line, String cause) {
    var file = TypeTexts.file(directory, "bad", text.replace("\\n", "\n").replace("\\t", "\t"));

    assertThat(faults(file))
        .anySatisfy(fault -> assertThat(fault).startsWith(file + ":" + line + ":").contains(cause));
  }

  @Test
  void bytesThatAreNoTextAreRefused() throws IOException {
    var file = Files.write(directory.resolve("x.type.yaml"), new byte[] {'a', ':', (byte) 0xff});

    assertThat(faults(file)).containsExactly(file + ":1: not UTF-8 text");
  }

  @Test
  void findsFilesAtAnyDepthAndOnlyThoseNamedSo() throws IOException {
    var deep = Files.createDirectories(directory.resolve("a/b"));
    TypeTexts.file(deep, "deep", TypeTexts.LEAST);
    Files.writeString(directory.resolve("other.yaml"), "not: a type");

    assertThat(TypeFiles.load(List.of(directory)))
        .extracting(OrderType::name)
        .containsExactly("least.type");
  }

  @Test
  void missingDirectoryIsAFault() {
    var missing = directory.resolve("none");

    assertThat(faults(missing)).containsExactly(missing + ": there is no such file or directory");
  }

  @Test
  void restoredTypeIsTheSame() {
    var type =
        TypeTexts.type(
            directory,
            TypeTexts.LEAST
                + "plan: '{\"key\": \"k\", \"input\": order.payload}'\nretry: { max_attempts: 7 }\n");

    var restored = DeclarativeType.restore(type.source());

    assertThat(restored.version()).isEqualTo(type.version());
    assertThat(restored.source()).isEqualTo(type.source());
    assertThat(restored.settings()).isEqualTo(type.settings());
    var order = TypeTexts.order("least.type", new JsonObject().put("a", 1));
    assertThat(restored.plan(order)).isEqualTo(type.plan(order)).hasSize(1);
  }

  @Test
  void versionFollowsTheMeaningNotTheLayout() {
    var type = TypeTexts.type(directory, TypeTexts.LEAST);
    var sameElsewhere =
        TypeTexts.type(
            directory,
            """
            # a comment
            apply: { none: {} }
            submission: { schema: { "type": "object" } }
            payload:
              type: object
            type: "least.type"
            """);
    var other = TypeTexts.type(directory, TypeTexts.LEAST + "title: Other\n");

    assertThat(sameElsewhere.version()).isEqualTo(type.version());
    assertThat(other.version()).isNotEqualTo(type.version());
  }

  @Test
  void storedTypeThatIsNotValidAnyMoreIsAFailure() {
    var failure =
        catchThrowableOfType(
            TypeFailure.class, () -> DeclarativeType.restore("{\"type\":\"a\",\"colour\":1}"));

    assertThat(failure).hasMessageContaining("not valid any more").hasMessageContaining("/colour");
  }

  private String at(String file, int line, String cause) {
    return "%s:%d: %s".formatted(directory.resolve(file + ".type.yaml"), line, cause);
  }

  private static List<String> faults(Path path) {
    return catchThrowableOfType(TypeFileException.class, () -> TypeFiles.load(List.of(path)))
        .lines();
  }
}
