package dev.orderly.config.loading;

/**
 * A value from the command line; it stands above the file and the environment.
 *
 * @param key such as {@code api.port}
 * @param value as one would write it in the environment: lists separated by commas
 * @param option the option that it came from, such as {@code --port}, for messages
 */
public record OptionValue(String key, String value, String option) {}
