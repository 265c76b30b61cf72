package dev.orderly.config;

/**
 * A PostgreSQL database that order types may write to.
 *
 * @param url may carry a user and a password
 * @param user null for the URL's own
 * @param password null for the URL's own
 */
public record DatasourceConfig(
    @Key(
            about = "The database; with options as storage.url takes them.",
            required = true,
            pattern = DatabaseUrl.PATTERN,
            allowed = DatabaseUrl.ALLOWED)
        String url,
    @Key(about = "The database's user, if the URL does not name it.", optional = true) String user,
    @Key(about = "The database user's password.", optional = true) Secret password) {

  @Override
  public String toString() {
    return "DatasourceConfig[url=%s, user=%s, password=%s]"
        .formatted(DatabaseUrl.mask(url), user, password);
  }
}
