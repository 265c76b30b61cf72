package dev.orderly.types.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.orderly.testing.TypeTexts;
import dev.orderly.types.OrderType;
import dev.orderly.types.declarative.DeclarativeType;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RegistryTest {
  @TempDir Path directory;

  private final Map<String, String> stored = new HashMap<>();
  private final AtomicInteger reads = new AtomicInteger();
  private DeclarativeType now;
  private DeclarativeType before;

  @BeforeEach
  void declare() {
    now = TypeTexts.type(directory, TypeTexts.LEAST + "title: Now\n");
    before = TypeTexts.type(directory, TypeTexts.LEAST + "title: Before\n");
  }

  @Test
  void currentTypesAreFoundByNameAndVersion() {
    var registry = registry(now);

    assertThat(registry.current("least.type")).containsSame(now);
    assertThat(registry.version("least.type", now.version())).containsSame(now);
    assertThat(registry.all()).containsExactly(now);
    assertThat(registry.current("other")).isEmpty();
    assertThat(reads).hasValue(0);
  }

  @Test
  void earlierVersionIsReadOnce() {
    stored.put("least.type " + before.version(), before.source());
    var registry = registry(now);

    var first = registry.version("least.type", before.version());
    var second = registry.version("least.type", before.version());

    assertThat(first.orElseThrow().title()).isEqualTo("Before");
    assertThat(second).isEqualTo(first);
    assertThat(reads).hasValue(1);
  }

  @Test
  void versionOfATypeThatIsNotCurrentAnyMoreIsFound() {
    stored.put("least.type " + before.version(), before.source());

    assertThat(registry().version("least.type", before.version())).isPresent();
  }

  @Test
  void unknownVersionIsAskedForAgain() {
    var registry = registry(now);

    assertThat(registry.version("least.type", "1-000000000000")).isEmpty();
    stored.put("least.type 1-000000000000", before.source());
    assertThat(registry.version("least.type", "1-000000000000")).isPresent();
  }

  @Test
  void replacedTypesServeTheirOrders() {
    var registry = registry(before);

    registry.replace(List.of(now));

    assertThat(registry.current("least.type")).containsSame(now);
    assertThat(registry.version("least.type", before.version())).containsSame(before);
    assertThat(reads).hasValue(0);
  }

  @Test
  void twoTypesOfOneNameAreRefused() {
    assertThatThrownBy(() -> registry(now, before))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("two types are called least.type");
  }

  private Registry registry(OrderType... current) {
    return new Registry(
        List.of(current),
        (name, version) -> {
          reads.incrementAndGet();
          return Optional.ofNullable(stored.get(name + " " + version));
        });
  }
}
