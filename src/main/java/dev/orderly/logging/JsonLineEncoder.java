package dev.orderly.logging;

import ch.qos.logback.classic.pattern.ThrowableProxyConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.encoder.EncoderBase;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;

/**
 * Writes a log event as one JSON object on a line of its own: {@code time}, {@code level}, {@code
 * logger}, {@code thread}, {@code message}, the event's key-value pairs as fields, {@code error}
 * with the stack trace. A pair whose key is taken gets {@code _} before it.
 */
public final class JsonLineEncoder extends EncoderBase<ILoggingEvent> {
  private static final JsonFactory JSON = new JsonFactory();

  private final ThrowableProxyConverter stackTraces = new ThrowableProxyConverter();

  @Override
  public void start() {
    stackTraces.setContext(getContext());
    stackTraces.start();
    super.start();
  }

  @Override
  public void stop() {
    stackTraces.stop();
    super.stop();
  }

  @Override
  public byte[] headerBytes() {
    return new byte[0];
  }

  @Override
  public byte[] footerBytes() {
    return new byte[0];
  }

  @Override
  public byte[] encode(ILoggingEvent event) {
    var bytes = new ByteArrayOutputStream(256);
    try (var out = JSON.createGenerator(bytes)) {
      out.writeStartObject();
      out.writeStringField("time", event.getInstant().toString());
      out.writeStringField("level", event.getLevel().toString());
      out.writeStringField("logger", event.getLoggerName());
      out.writeStringField("thread", event.getThreadName());
      out.writeStringField("message", event.getFormattedMessage());
      writePairs(event, out);
      if (event.getThrowableProxy() != null) {
        out.writeStringField("error", stackTraces.convert(event));
      }
      out.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory failed", e);
    }
    bytes.writeBytes("\n".getBytes(StandardCharsets.US_ASCII));
    return bytes.toByteArray();
  }

  private static void writePairs(ILoggingEvent event, JsonGenerator out) throws IOException {
    var taken = new HashSet<>(Set.of("time", "level", "logger", "thread", "message", "error"));
    if (event.getKeyValuePairs() != null) {
      for (var pair : event.getKeyValuePairs()) {
        write(out, free(taken, pair.key), pair.value);
      }
    }
    for (var entry : event.getMDCPropertyMap().entrySet()) {
      write(out, free(taken, entry.getKey()), entry.getValue());
    }
  }

  private static String free(Set<String> taken, String key) {
    var name = key;
    while (!taken.add(name)) {
      name = "_" + name;
    }
    return name;
  }

  private static void write(JsonGenerator out, String name, Object value) throws IOException {
    switch (value) {
      case null -> out.writeNullField(name);
      case Integer number -> out.writeNumberField(name, number);
      case Long number -> out.writeNumberField(name, number);
      case Boolean flag -> out.writeBooleanField(name, flag);
      default -> out.writeStringField(name, value.toString());
    }
  }
}
