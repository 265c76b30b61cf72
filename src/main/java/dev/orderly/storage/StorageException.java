package dev.orderly.storage;

/** The database cannot be used as it is; the message is one line for the operator. */
public final class StorageException extends RuntimeException {
  public StorageException(String message) {
    super(message);
  }

  public StorageException(String message, Throwable cause) {
    super(message, cause);
  }
}
