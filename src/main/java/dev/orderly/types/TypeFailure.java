package dev.orderly.types;

/** A type's own rule could not be computed: the type is at fault, not the caller. */
public final class TypeFailure extends RuntimeException {
  public TypeFailure(String message, Throwable cause) {
    super(message, cause);
  }
}
