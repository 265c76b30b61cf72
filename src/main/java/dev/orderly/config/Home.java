package dev.orderly.config;

import java.nio.file.Files;
import java.nio.file.Path;

/** Finds what came with the installation, wherever a node is started from. */
public final class Home {
  /** The system property by which the start script tells where the installation is. */
  public static final String PROPERTY = "orderly.home";

  private Home() {}

  /**
   * A relative path is looked for in the working directory first, then in the installation.
   *
   * @return where it is; the path itself if it is in neither
   */
  public static Path find(Path path) {
    var home = System.getProperty(PROPERTY);
    if (path.isAbsolute() || home == null || Files.exists(path)) {
      return path;
    }
    var installed = Path.of(home).resolve(path);
    return Files.exists(installed) ? installed : path;
  }
}
