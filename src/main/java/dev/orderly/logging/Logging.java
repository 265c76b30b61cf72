package dev.orderly.logging;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.core.joran.spi.JoranException;
import dev.orderly.config.LogConfig;
import java.util.Locale;
import org.slf4j.LoggerFactory;

/** Sets the logs up. */
public final class Logging {
  private static final String LEVEL_PROPERTY = "orderly.log.level";

  private Logging() {}

  /** Makes every logger, also those that exist already, follow the configuration. */
  public static void configure(LogConfig config) {
    var resource =
        switch (config.format()) {
          case TEXT -> "logback.xml";
          case JSON -> "logback-json.xml";
        };
    var context = (LoggerContext) LoggerFactory.getILoggerFactory();
    var configurator = new JoranConfigurator();
    context.reset();
    context.putProperty(LEVEL_PROPERTY, config.level().name().toLowerCase(Locale.ROOT));
    configurator.setContext(context);
    try {
      configurator.doConfigure(Logging.class.getClassLoader().getResource(resource));
    } catch (JoranException e) {
      throw new IllegalStateException("cannot read " + resource, e);
    }
  }
}
