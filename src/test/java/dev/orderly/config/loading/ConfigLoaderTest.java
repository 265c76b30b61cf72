package dev.orderly.config.loading;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.orderly.config.ApiConfig;
import dev.orderly.config.Config;
import dev.orderly.config.DatasourceConfig;
import dev.orderly.config.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigLoaderTest {
  @TempDir private Path dir;

  @Test
  void nothingGivenIsTheDefaults() {
    var loaded = new ConfigLoader(Map.of(), dir.resolve("none.yaml")).load(null, List.of());
    assertThat(loaded.config()).isEqualTo(ConfigLoader.defaults());
    assertThat(loaded.origins()).isEmpty();
  }

  @Test
  void theDefaultFileIsReadIfItIsThere() {
    var file = file("api:\n  port: 9001\n");
    assertThat(new ConfigLoader(Map.of(), file).load(null, List.of()).config().api().port())
        .isEqualTo(9001);
  }

  @Test
  void anEmptyFileAndEmptySectionsAreAllowed() {
    assertThat(load("").config()).isEqualTo(ConfigLoader.defaults());
    assertThat(load("# nothing\n").config()).isEqualTo(ConfigLoader.defaults());
    assertThat(load("api:\nsecrets:\n").config()).isEqualTo(ConfigLoader.defaults());
  }

  @Test
  void theCommandLineStandsAboveTheEnvironmentAndThatAboveTheFile() {
    var file = file("api:\n  host: file\n  port: 1\n  instances: 1\n");
    var environment = Map.of("ORDERLY_API_HOST", "environment", "ORDERLY_API_PORT", "2");
    var loaded =
        new ConfigLoader(environment, null)
            .load(file, List.of(new OptionValue("api.port", "3", "--port")));
    assertThat(loaded.config().api())
        .extracting(ApiConfig::host, ApiConfig::port, ApiConfig::instances)
        .containsExactly("environment", 3, 1);
    assertThat(loaded.origins())
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "api.host",
                "ORDERLY_API_HOST",
                "api.port",
                "--port",
                "api.instances",
                file + ":4"));
  }

  @Test
  void listsComeFromYamlOrCommas() {
    assertThat(load("types:\n  paths: [a, b/c]\n").config().types().paths())
        .containsExactly(Path.of("a"), Path.of("b/c"));
    assertThat(
            environment("ORDERLY_IDEMPOTENCY_ENFORCE_ON", "submit, approve")
                .idempotency()
                .enforceOn())
        .containsExactly("submit", "approve");
    assertThat(environment("ORDERLY_IDEMPOTENCY_ENFORCE_ON", "").idempotency().enforceOn())
        .isEmpty();
  }

  @Test
  void namedEntriesComeFromTheFileAndTheEnvironment() {
    var file = file("datasources:\n  crm:\n    url: postgresql://db/crm\nsecrets:\n  hook: s1\n");
    var environment =
        Map.of(
            "ORDERLY_DATASOURCES_CRM_USER", "u",
            "ORDERLY_DATASOURCES_DATA_LAKE_URL", "postgresql://lake:5433/x",
            "ORDERLY_SECRETS_OTHER", "s2");
    var config = new ConfigLoader(environment, null).load(file, List.of()).config();
    assertThat(config.datasources())
        .containsOnlyKeys("crm", "data_lake")
        .containsEntry("crm", new DatasourceConfig("postgresql://db/crm", "u", null));
    assertThat(config.secrets())
        .containsExactlyInAnyOrderEntriesOf(
            Map.of("hook", new Secret("s1"), "other", new Secret("s2")));
  }

  @Test
  void expandsVariablesInTheFileOnly() {
    var file =
        file("secrets:\n  a: x-${ONE}-${TWO}\n  b: $${ONE}\n  d: ca$h\napi:\n  port: ${PORT}\n");
    var environment =
        Map.of("ONE", "1", "TWO", "${ONE}", "PORT", "77", "ORDERLY_SECRETS_C", "${ONE}");
    var config = new ConfigLoader(environment, null).load(file, List.of()).config();
    assertThat(config.secrets())
        .containsEntry("a", new Secret("x-1-${ONE}"))
        .containsEntry("b", new Secret("${ONE}"))
        .containsEntry("c", new Secret("${ONE}"))
        .containsEntry("d", new Secret("ca$h"));
    assertThat(config.api().port()).isEqualTo(77);
  }

  @Test
  void textThatYamlTakesForANumberStaysAsItWasWritten() {
    var config = load("storage:\n  url: postgresql://h/d\n  user: 007\n  password: 1e3\n").config();
    assertThat(config.storage().user()).isEqualTo("007");
    assertThat(config.storage().password()).isEqualTo(new Secret("1e3"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          api:\\n  port: 65536 | 2: api.port is "65536", but must be a whole number from 0 to 65535
          api:\\n  port: yes | 2: api.port is "yes", but must be a whole number from 0 to 65535
          api:\\n  port: 80.5 | 2: api.port is "80.5", but must be a whole number from 0 to 65535
          api:\\n  port: 99999999999 | 2: api.port is "99999999999", but must be a whole number from 0 to 65535
          api:\\n  port: [1] | 2: api.port is ["1"], but must be a whole number from 0 to 65535
          api:\\n  port: {a: 1} | 2: api.port is a mapping or a nested list, but must be a whole number from 0 to 65535
          api:\\n  port: | 2: api.port has no value; it must be a whole number from 0 to 65535
          api:\\n  host: "" | 2: api.host is "", but must be a host name or an IP address
          api:\\n  base_path: agent/ | 2: api.base_path is "agent/", but must be a path such as /agent/work, without a slash at its end
          api:\\n\\n  prot: 1 | 3: api.prot: there is no such key; did you mean port?
          api:\\n  pool_size: 1 | 2: api.pool_size: there is no such key; did you mean storage.pool_size?
          auth:\\n  wibble: 1 | 2: auth.wibble: there is no such key; the known ones are cache_seconds
          leesing: {} | 1: leesing: there is no such section; did you mean leasing?
          api: 5 | 1: api: must have keys under it, each on a line of its own
          cluster:\\n  discovery: dns | 2: cluster.dns_name is empty, but must be given when discovery is dns
          cluster:\\n  members: [127.0.0.1:abc] | 2: cluster.members is ["127.0.0.1:abc"], but must be a list of host:port or host, with ports from 1 to 65535
          cluster:\\n  members: [a, h:99999] | 2: cluster.members is ["a", "h:99999"], but must be a list of host:port or host, with ports from 1 to 65535
          cluster:\\n  tls_cert: a.pem | 2: cluster.tls_cert is "a.pem", but must be given together with tls_key and tls_ca
          api:\\n  tls_cert: a.pem | 2: api.tls_key is empty, but must be given together with tls_cert
          log:\\n  level: loud | 2: log.level is "loud", but must be one of trace, debug, info, warn, error
          idempotency:\\n  enforce_on: [submit, heartbeat] | 2: idempotency.enforce_on is ["submit", "heartbeat"], but must be a list, each one of propose, submit, part, finalize, approve, reject, comment, cancel, revert, retry, fail, create_token
          types:\\n  paths: conf | 2: types.paths is "conf", but must be a list, each a path
          apply:\\n  backoff_seconds: 400 | 2: apply.max_backoff_seconds is 300, but must be at least apply.backoff_seconds, which is 400
          apply:\\n  parallel_max: 5 | 2: apply.parallel_max is "5", but must be at most 2 less than storage.background_pool_size, which is 6
          storage:\\n  background_pool_size: 5 | 2: apply.parallel_max is 4, but must be at most 2 less than storage.background_pool_size, which is 5
          storage:\\n  background_pool_size: 2 | 2: storage.background_pool_size is "2", but must be a whole number from 3 to 1000
          leasing:\\n  backend: etcd | 2: leasing.backend is "etcd", but must be one of postgres, redis
          leasing:\\n  backend: redis | 2: redis.url is empty, but must be given when leasing.backend is redis
          redis:\\n  url: http://h | 2: redis.url is "http://h", but must be a URL without credentials, such as redis://host:6379 or rediss://host:6379/0
          redis:\\n  url: redis://u:pw@h | 2: redis.url is "redis://***@h", but must be a URL without credentials, such as redis://host:6379 or rediss://host:6379/0
          redis:\\n  url: redis://h:65536 | 2: redis.url is "redis://h:65536", but must be a URL with a port up to 65535
          redis:\\n  user: u | 2: redis.user is "u", but must be given together with redis.password
          redis:\\n  tls_ca: a.pem | 2: redis.tls_ca is "a.pem", but must be left out unless redis.url begins with rediss
          storage:\\n  user: u | 2: storage.user is "u", but must be left out as long as storage.url is: the embedded database has its own
          storage:\\n  url: mysql://h/d | 2: storage.url is "mysql://h/d", but must be a URL such as postgresql://host:5432/database
          storage:\\n  url: pg://u:pw@x@h/d | 2: storage.url is "pg://***@h/d", but must be a URL such as postgresql://host:5432/database
          datasources:\\n  crm:\\n    user: u | 3: datasources.crm.url: must be given: a URL such as postgresql://host:5432/database
          datasources:\\n  crm: {} | 2: datasources.crm: has no keys; it needs url, user, password
          datasources:\\n  orderly:\\n    url: postgresql://h/d | 3: datasources.orderly: this name is Orderly's own database; take another
          secrets:\\n  A b: x | 2: secrets.A b: a name here must be lower-case letters, digits, _ and -, at most 63, the first a letter
          secrets:\\n  a: | 2: secrets.a must be a text that is not empty
          secrets:\\n  a: ${UNSET} | 2: secrets.a refers to the environment variable UNSET, which is not set
          secrets:\\n  a: ${UNSET | 2: secrets.a has a ${ that does not begin a ${NAME}; write $${ for a plain ${
          - a | 1: the file must hold sections such as "api:" with keys under them
          api:\\n  port: 1\\n  port: 2 | 3: port: given already on line 2
          api: &a\\n  port: 1\\nstate: *a | 3: YAML aliases (*name) are not supported
          """)
  void saysInOneLineWhatIsWrongAndWhere(String yaml, String line) {
    assertThat(problems(yaml.replace("\\n", "\n"))).containsExactly(dir + "/test.yaml:" + line);
  }

  @Test
  void tellsEveryProblemInTheOrderOfTheFileThenEnvironmentAndOptions() {
    var file = file("log:\n  level: x\napi:\n  port: x\n");
    var loader =
        new ConfigLoader(Map.of("ORDERLY_API_HOST", "", "ORDERLY_API_INSTANCES", "-1"), null);
    var failure =
        catchThrowableOfType(
            ConfigException.class,
            () -> loader.load(file, List.of(new OptionValue("storage.data_dir", " ", "--data"))));
    assertThat(failure.lines())
        .extracting(line -> line.split(" ")[0])
        .containsExactly(
            file + ":2:", file + ":4:", "ORDERLY_API_HOST:", "ORDERLY_API_INSTANCES:", "--data:");
  }

  @Test
  void namesTheVariableThatIsWrong() {
    assertThat(environmentProblems("ORDERLY_API_PORT", "tcp://10.0.0.1:80"))
        .containsExactly(
            "ORDERLY_API_PORT: api.port is \"tcp://10.0.0.1:80\", but must be a whole number from 0"
                + " to 65535");
    assertThat(environmentProblems("ORDERLY_APY_PORT", "1"))
        .containsExactly(
            "ORDERLY_APY_PORT: there is no such environment variable; did you mean"
                + " ORDERLY_API_PORT?");
  }

  @Test
  void leavesOthersVariablesAlone() {
    var environment =
        Map.of("ORDERLY_SERVICE_HOST", "10.0.0.1", "ORDERLY_URL", "http://x", "ORDERLY_HOME", "/");
    assertThat(new ConfigLoader(environment, null).load(null, List.of()).config())
        .isEqualTo(ConfigLoader.defaults());
  }

  @Test
  void saysWhereYamlIsBroken() {
    assertThat(problems("api:\n  port: 1\n host: x\n"))
        .singleElement()
        .asString()
        .startsWith(dir + "/test.yaml:3: not valid YAML: ")
        .doesNotContain("\n");
  }

  @Test
  void aNamedFileMustExist() {
    var missing = dir.resolve("missing.yaml");
    var failure =
        catchThrowableOfType(
            ConfigException.class, () -> new ConfigLoader(Map.of(), null).load(missing, List.of()));
    assertThat(failure.lines()).containsExactly(missing + ": there is no such file");
  }

  @Test
  void aFileThatIsNoTextIsRefused() throws IOException {
    var file = Files.write(dir.resolve("test.yaml"), new byte[] {'a', (byte) 0xff, (byte) 0xfe});
    var failure =
        catchThrowableOfType(
            ConfigException.class, () -> new ConfigLoader(Map.of(), null).load(file, List.of()));
    assertThat(failure.lines()).containsExactly(file + ": the file is not UTF-8 text");
  }

  @Test
  void noSecretIsEverShown() {
    var yaml =
        """
        storage:
          url: postgresql://me:hunter2@h/d?sslpassword=hunter2
          password: hunter2
        datasources:
          crm:
            url: postgresql://me:hunter2@h/d
            password: hunter2
        secrets:
          hook: hunter2
        """;
    var loaded = load(yaml);
    assertThat(loaded.config().storage().password().reveal()).isEqualTo("hunter2");
    assertThat(loaded.toString()).contains("***").doesNotContain("hunter2");
    assertThat(ConfigPrinter.print(loaded)).contains("***").doesNotContain("hunter2");
    assertThat(problems("storage:\n  password: [hunter2]\n").toString())
        .contains("storage.password is ***")
        .doesNotContain("hunter2");
  }

  @Test
  void overridesByKeyAreCheckedToo() {
    assertThat(
            ConfigLoader.of(Map.of("api.port", "0", "storage.data_dir", "d")).storage().dataDir())
        .isEqualTo(Path.of("d"));
    assertThat(
            catchThrowableOfType(
                ConfigException.class, () -> ConfigLoader.of(Map.of("api.x", "0"))))
        .hasMessage("api.x: api.x: there is no such key");
  }

  private LoadedConfig load(String yaml) {
    return new ConfigLoader(Map.of(), null).load(file(yaml), List.of());
  }

  private Config environment(String variable, String value) {
    return new ConfigLoader(Map.of(variable, value), null).load(null, List.of()).config();
  }

  private List<String> environmentProblems(String variable, String value) {
    return catchThrowableOfType(ConfigException.class, () -> environment(variable, value)).lines();
  }

  private List<String> problems(String yaml) {
    return catchThrowableOfType(ConfigException.class, () -> load(yaml)).lines();
  }

  private Path file(String yaml) {
    try {
      return Files.writeString(dir.resolve("test.yaml"), yaml);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
