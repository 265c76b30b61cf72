package dev.orderly.config;

import java.nio.file.Path;

/**
 * Files that support results.
 *
 * @param directory null if there is none
 */
public record ArtifactsConfig(
    @Key(
            about =
                "Where uploaded files are kept: in the database, which all nodes have anyway, or in"
                    + " artifacts.directory. What was kept in the other place stays readable.",
            fallback = ArtifactsConfig.DATABASE,
            choices = {ArtifactsConfig.DATABASE, ArtifactsConfig.DIRECTORY})
        String store,
    @Key(
            about =
                "The directory for files. It must be the same one for every node of a cluster, on a"
                    + " file system that they share.",
            optional = true)
        Path directory,
    @Key(
            about = "The largest file that can be uploaded; a larger one is answered with 413.",
            fallback = "104857600",
            min = 1)
        int maxBytes,
    @Key(about = "The most that a tenant may have uploaded in all.", fallback = "10240", min = 1)
        int maxTotalMebibytes,
    @Key(
            about = "The most uploads that a node takes at once; past it callers get a 503.",
            fallback = "16",
            min = 1,
            max = 1000)
        int uploadsMax,
    @Key(about = "How long an upload may take in all.", fallback = "600", min = 1, max = 86_400)
        int uploadTimeoutSeconds,
    @Key(
            about = "An upload of which nothing comes for this long is given up.",
            fallback = "30",
            min = 1,
            max = 3600)
        int idleTimeoutSeconds,
    @Key(
            about =
                "How long an uploaded file stays that no submission refers to. One that is referred"
                    + " to stays as long as its order.",
            fallback = "24",
            min = 1,
            max = 87_600)
        int keepUnreferencedHours,
    @Key(
            about = "Connections for writing files; as many are written at once.",
            fallback = "2",
            min = 1,
            max = 100)
        int poolSize) {

  public static final String DATABASE = "database";
  public static final String DIRECTORY = "directory";

  public ArtifactsConfig {
    if (store.equals(DIRECTORY) && directory == null) {
      throw new InvalidKeyException("directory", "given when artifacts.store is directory");
    }
  }

  public boolean inDirectory() {
    return store.equals(DIRECTORY);
  }

  /** The most that a tenant may have, in bytes. */
  public long maxTotalBytes() {
    return (long) maxTotalMebibytes << 20;
  }
}
