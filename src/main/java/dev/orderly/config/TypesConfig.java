package dev.orderly.config;

import java.nio.file.Path;
import java.util.List;

/** Where order types come from. */
public record TypesConfig(
    @Key(
            about =
                "Directories searched, with those below them, for *.type.yaml files. A relative path is"
                    + " looked for in the working directory, then in the installation.",
            fallback = "conf/types,examples")
        List<Path> paths,
    @Key(about = "The directory of jars with order types in Java.", fallback = "plugins")
        Path pluginsDir) {
  public TypesConfig {
    paths = List.copyOf(paths);
  }
}
