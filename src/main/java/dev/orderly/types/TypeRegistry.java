package dev.orderly.types;

import java.util.List;
import java.util.Optional;

/**
 * The types that this node knows, each in its current version and in those that orders still use.
 */
public interface TypeRegistry {

  /** The version under which new orders are proposed. */
  Optional<OrderType> current(String name);

  /** A version that an order was proposed under; may read it from the database. */
  Optional<OrderType> version(String name, String version);

  /** The current version of each type, by name. */
  List<OrderType> all();
}
