package dev.orderly.state;

import dev.orderly.types.OrderType;
import dev.orderly.types.declarative.DeclarativeType;
import dev.orderly.types.registry.Registry;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Keeps every version of a declared type that was ever loaded, for the orders under it. */
public final class TypeArchive implements Registry.Sources {
  private static final long LIMIT_SECONDS = 10;

  private static final String KEEP =
      """
      insert into order_type_versions (name, version, source)
      select * from unnest($1::text[], $2::text[], $3::text[]) on conflict do nothing
      """;

  private static final String FIND =
      "select source from order_type_versions where name = $1 and version = $2";

  private final Pool pool;

  public TypeArchive(Pool pool) {
    this.pool = pool;
  }

  /** Adds those that are declared; types in Java have no source. */
  public Future<Void> keep(Collection<? extends OrderType> types) {
    List<DeclarativeType> declared =
        types.stream()
            .filter(DeclarativeType.class::isInstance)
            .map(DeclarativeType.class::cast)
            .toList();
    return pool.preparedQuery(KEEP)
        .execute(
            Tuple.tuple()
                .addArrayOfString(declared.stream().map(OrderType::name).toArray(String[]::new))
                .addArrayOfString(declared.stream().map(OrderType::version).toArray(String[]::new))
                .addArrayOfString(
                    declared.stream().map(DeclarativeType::source).toArray(String[]::new)))
        .mapEmpty();
  }

  /** Blocks; not for event loops. */
  @Override
  public Optional<String> find(String name, String version) {
    try {
      var rows =
          pool.preparedQuery(FIND)
              .execute(Tuple.of(name, version))
              .toCompletionStage()
              .toCompletableFuture()
              .get(LIMIT_SECONDS, TimeUnit.SECONDS)
              .iterator();
      return rows.hasNext() ? Optional.of(rows.next().getString("source")) : Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while a type was read", e);
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException("a type's earlier version could not be read", e);
    }
  }
}
