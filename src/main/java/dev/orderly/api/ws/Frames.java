package dev.orderly.api.ws;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonToken;
import dev.orderly.api.JsonReader;
import dev.orderly.api.ProblemJson;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Quoted;
import dev.orderly.domain.Rejected;
import dev.orderly.domain.Violation;
import dev.orderly.types.schema.CompiledSchema;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Reads agents' frames, held against their schemas, and writes the answers. */
final class Frames {
  private static final String RESOURCE = "/websocket/client.schema.json";
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9._:-]{1,64}");

  private static final JsonFactory JSON = new JsonFactory();
  private static final Map<Op, CompiledSchema> SCHEMAS = compile();

  private Frames() {}

  /**
   * A frame as it came.
   *
   * @param id null if it could not be read
   * @param op null if refused
   * @param body null if refused
   * @param refused why it cannot be acted upon, or null
   */
  record Incoming(String id, Op op, JsonObject body, Rejected refused) {
    private static Incoming refused(String id, Rejected why) {
      return new Incoming(id, null, null, why);
    }
  }

  static Incoming read(byte[] utf8) {
    try {
      return JsonReader.read("frame", utf8) instanceof JsonObject body
          ? read(body)
          : Incoming.refused(
              null, new Rejected(ErrorCode.MALFORMED_REQUEST, "The frame is no JSON object"));
    } catch (Rejected e) {
      return Incoming.refused(idOf(utf8), e);
    }
  }

  static boolean isUtf8(byte[] text) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(text));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }

  /**
   * The id of a frame that cannot be taken for something else that is in it: whoever sent it waits
   * for an answer with this id.
   *
   * @return null if it cannot be read
   */
  private static String idOf(byte[] utf8) {
    try (var in = JSON.createParser(utf8)) {
      if (in.nextToken() != JsonToken.START_OBJECT) {
        return null;
      }
      while (in.nextToken() == JsonToken.FIELD_NAME) {
        boolean isId = in.currentName().equals("id");
        if (in.nextToken() == JsonToken.VALUE_STRING && isId) {
          return ID.matcher(in.getText()).matches() ? in.getText() : null;
        }
        in.skipChildren();
      }
      return null;
    } catch (IOException e) {
      // Not even that much of it is JSON.
      return null;
    }
  }

  private static Incoming read(JsonObject body) {
    if (!(body.getValue("id") instanceof String id) || !ID.matcher(id).matches()) {
      var message = "The id must be 1 to 64 of A-Z a-z 0-9 . _ : -";
      return Incoming.refused(
          null, Rejected.invalid(message, List.of(new Violation("/id", "frame.id", message))));
    }
    var op = body.getValue("op") instanceof String name ? Op.of(name) : Op.of("");
    if (op.isEmpty()) {
      return Incoming.refused(id, unknown(body.getValue("op")));
    }
    var violations = SCHEMAS.get(op.get()).validate(body);
    return violations.isEmpty()
        ? new Incoming(id, op.get(), body, null)
        : Incoming.refused(
            id,
            Rejected.invalid(
                "The frame does not satisfy the schema of " + op.get().wire(), violations));
  }

  private static Rejected unknown(Object op) {
    var known = Arrays.stream(Op.values()).map(Op::wire).collect(Collectors.joining(", "));
    var message =
        "There is no operation %s; there are: %s"
            .formatted(
                op instanceof String name ? Quoted.of(name) : "whose name is no text", known);
    return new Rejected(
        ErrorCode.UNKNOWN_PARAMETER,
        message,
        List.of(new Violation("/op", "frame.op", message)),
        List.of());
  }

  static JsonObject of(String id, Done done) {
    return done.problem() == null
        ? new JsonObject().put("id", id).put("ok", true).put("result", done.result())
        : refused(id, done.problem());
  }

  /**
   * @param id null if the frame's could not be read
   */
  static JsonObject refused(String id, Rejected why) {
    return refused(id, ProblemJson.of(why));
  }

  private static JsonObject refused(String id, JsonObject problem) {
    return new JsonObject().put("id", id).put("ok", false).put("problem", problem);
  }

  private static Map<Op, CompiledSchema> compile() {
    try (var in = Frames.class.getResourceAsStream(RESOURCE)) {
      var definitions =
          new JsonObject(new String(in.readAllBytes(), StandardCharsets.UTF_8))
              .getJsonObject("$defs");
      var schemas = new EnumMap<Op, CompiledSchema>(Op.class);
      for (var op : Op.values()) {
        var schema = definitions.getJsonObject(op.wire()).copy().put("$defs", definitions);
        schemas.put(op, CompiledSchema.compile("the WebSocket's frames", schema));
      }
      return schemas;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
