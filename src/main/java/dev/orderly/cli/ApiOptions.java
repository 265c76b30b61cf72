package dev.orderly.cli;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.Option;

/** The options that say which server to ask, as whom, and how to print its answer. */
final class ApiOptions {
  private static final String DEFAULT_URL = "http://127.0.0.1:8080";
  private static final String DEFAULT_PATH = "/agent/work";
  private static final String DEFAULT_TOKEN_FILE = "data/admin.token";

  private final Map<String, String> environment;

  @Option(
      names = "--url",
      paramLabel = "URL",
      description =
          "Where the server is; with a path if its API is not under "
              + DEFAULT_PATH
              + ". Else $ORDERLY_URL, else "
              + DEFAULT_URL
              + ".")
  private String url;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description =
          "The file with the token to show. Else $ORDERLY_TOKEN_FILE, else "
              + DEFAULT_TOKEN_FILE
              + ".")
  private String tokenFile;

  @Option(names = "--json", description = "Print the server's answer as JSON.")
  private boolean json;

  ApiOptions(Map<String, String> environment) {
    this.environment = environment;
  }

  boolean json() {
    return json;
  }

  /**
   * @throws CommandFailedException if the URL or the file cannot be used
   */
  ApiClient client() {
    var address = given(url, "ORDERLY_URL", DEFAULT_URL);
    return new ApiClient(
        base(address), token(given(tokenFile, "ORDERLY_TOKEN_FILE", DEFAULT_TOKEN_FILE)));
  }

  private String given(String option, String variable, String otherwise) {
    return option != null ? option : environment.getOrDefault(variable, otherwise);
  }

  private static String base(String address) {
    try {
      var uri = URI.create(address);
      boolean isHttp = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
      if (isHttp && uri.getHost() != null && uri.getQuery() == null && uri.getFragment() == null) {
        var path = uri.getRawPath().replaceAll("/+$", "");
        return "%s://%s%s"
            .formatted(
                uri.getScheme(), uri.getRawAuthority(), path.isEmpty() ? DEFAULT_PATH : path);
      }
    } catch (IllegalArgumentException e) {
      // Answered below, as any other text that is no such URL.
    }
    throw new CommandFailedException(
        Exit.USAGE,
        "orderly: --url is \"%s\", but must be a URL such as %s".formatted(address, DEFAULT_URL));
  }

  private static String token(String file) {
    try {
      var token = Files.readString(Path.of(file), StandardCharsets.ISO_8859_1).strip();
      if (token.matches("[!-~]{1,1000}")) {
        return token;
      }
      throw new CommandFailedException(Exit.USAGE, "orderly: %s holds no token".formatted(file));
    } catch (NoSuchFileException e) {
      throw new CommandFailedException(
          Exit.USAGE,
          "orderly: there is no file %s; name the one with the token by --token-file"
              .formatted(file));
    } catch (IOException | IllegalArgumentException e) {
      throw new CommandFailedException(
          Exit.USAGE, "orderly: the token's file %s cannot be read: %s".formatted(file, e));
    }
  }
}
