package dev.orderly.config.loading;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.config.Config;
import java.util.LinkedHashMap;
import org.junit.jupiter.api.Test;

/** Names and defaults are a promise to operators: a change must be made here too. */
class ConfigKeysTest {
  private static final String KEYS =
      """
      api.host = 127.0.0.1
      api.port = 8080
      api.base_path = /agent/work
      api.instances = 0
      api.max_body_bytes = 4194304
      api.idle_timeout_seconds = 120
      api.request_timeout_seconds = 20
      api.drain_seconds = 0
      api.shutdown_grace_seconds = 5
      api.tls_cert = null
      api.tls_key = null
      websocket.max_connections = 10000
      websocket.max_frame_bytes = 1048576
      websocket.ping_interval_seconds = 20
      websocket.idle_timeout_seconds = 600
      storage.data_dir = data
      storage.url = null
      storage.user = null
      storage.password = null
      storage.pool_size = 8
      storage.query_pool_size = 4
      storage.leasing_pool_size = 4
      storage.background_pool_size = 6
      storage.connect_timeout_seconds = 5
      cluster.discovery = none
      cluster.members = [127.0.0.1]
      cluster.dns_name = null
      cluster.host = 127.0.0.1
      cluster.port = 5701
      cluster.bus_port = 0
      cluster.failure_detection_seconds = 5
      cluster.tls_cert = null
      cluster.tls_key = null
      cluster.tls_ca = null
      leasing.backend = postgres
      leasing.instances = 1
      leasing.shards = 64
      leasing.batch_max = 256
      leasing.inbox_max = 10000
      leasing.poll_interval_millis = 1000
      leasing.bundle_min = 1
      redis.url = null
      redis.user = null
      redis.password = null
      redis.tls_ca = null
      redis.timeout_millis = 50
      redis.retry_millis = 1000
      limits.agent_leases = 0
      limits.agent_checkouts_per_second = 0
      limits.agent_leases_for = []
      limits.agent_checkouts_per_second_for = []
      state.instances = 1
      state.submit_batch_max = 256
      state.submit_parallel_max = 2
      state.inbox_max = 10000
      parts.max_count = 1000
      parts.max_part_bytes = 4194304
      parts.max_total_bytes = 67108864
      apply.instances = 1
      apply.poll_interval_seconds = 1
      apply.lease_seconds = 15
      apply.backoff_seconds = 2
      apply.max_backoff_seconds = 300
      apply.parallel_max = 4
      artifacts.store = database
      artifacts.directory = null
      artifacts.max_bytes = 104857600
      artifacts.max_total_mebibytes = 10240
      artifacts.uploads_max = 16
      artifacts.upload_timeout_seconds = 600
      artifacts.idle_timeout_seconds = 30
      artifacts.keep_unreferenced_hours = 24
      artifacts.pool_size = 2
      idempotency.enforce_on = [propose, submit, part, finalize, approve, reject]
      idempotency.keep_hours = 24
      auth.cache_seconds = 5
      types.paths = [conf/types, examples]
      types.plugins_dir = plugins
      maintenance.sweep_interval_seconds = 15
      maintenance.dead_letter_after_hours = 48
      maintenance.cleanup_interval_seconds = 300
      metrics.sample_interval_seconds = 5
      log.format = TEXT
      log.level = INFO
      """;

  @Test
  void everyKeyHasItsNameAndDefault() throws ReflectiveOperationException {
    var defaults = ConfigLoader.defaults();
    var found = new StringBuilder();
    for (var key : ConfigSchema.fixedKeys()) {
      var section = Config.class.getMethod(key.section()).invoke(defaults);
      var value = key.component().getAccessor().invoke(section);
      found.append(key.path()).append(" = ").append(value).append('\n');
    }
    assertThat(found.toString()).isEqualTo(KEYS);
    assertThat(defaults.datasources()).isEmpty();
    assertThat(defaults.secrets()).isEmpty();
  }

  @Test
  void aDatasourceHasAUrlAUserAndAPassword() {
    assertThat(ConfigSchema.section("datasources").orElseThrow().keys())
        .extracting(KeySpec::name)
        .containsExactly("url", "user", "password");
  }

  @Test
  void everyKeyIsDescribedAndNoVariableStandsForTwo() {
    var variables = new LinkedHashMap<String, String>();
    for (var key : ConfigSchema.fixedKeys()) {
      assertThat(key.description().about()).as(key.path()).endsWith(".");
      assertThat(variables.put(key.variable(), key.path())).as(key.variable()).isNull();
      assertThat(key.description().min())
          .as(key.path())
          .isLessThanOrEqualTo(key.description().max());
    }
    assertThat(variables).containsEntry("ORDERLY_API_MAX_BODY_BYTES", "api.max_body_bytes");
  }

  @Test
  void numbersNameTheirUnits() {
    assertThat(ConfigSchema.section("api").orElseThrow().key("idle_timeout_seconds").orElseThrow())
        .extracting(KeySpec::allowed)
        .isEqualTo("a whole number of seconds from 1 to 86400");
  }
}
