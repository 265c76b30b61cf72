package dev.orderly.types.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The examples of RFC 8785, and what stands beside them. */
class CanonicalJsonTest {
  private static String canonical(String json) {
    return new String(CanonicalJson.bytes(new JsonObject(json)), StandardCharsets.UTF_8);
  }

  /** RFC 8785, section 3.2.2. */
  @Test
  void writesPrimitivesAsTheRfcDoes() {
    assertThat(
            canonical(
                """
                {
                  "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
                  "string": "\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\"\\/",
                  "literals": [null, true, false]
                }
                """))
        .isEqualTo(
            "{\"literals\":[null,true,false],"
                + "\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],"
                + "\"string\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}");
  }

  /** RFC 8785, section 3.2.3: by UTF-16 code units, not by code points or their UTF-8. */
  @Test
  void sortsNamesByTheirUtf16CodeUnits() {
    var canonical =
        canonical(
            """
            {"\\u20ac": "Euro Sign", "\\r": "Carriage Return", "\\ufb33": "Hebrew Letter Dalet With Dagesh",
             "1": "One", "\\ud83d\\ude00": "Emoji: Grinning Face", "\\u0080": "Control",
             "\\u00f6": "Latin Small Letter O With Diaeresis"}
            """);

    assertThat(new JsonObject(canonical).getMap().values())
        .containsExactly(
            "Carriage Return",
            "One",
            "Control",
            "Latin Small Letter O With Diaeresis",
            "Euro Sign",
            "Emoji: Grinning Face",
            "Hebrew Letter Dalet With Dagesh");
  }

  /** RFC 8785, appendix B. */
  @ParameterizedTest
  @CsvSource({
    "0000000000000000, 0",
    "8000000000000000, 0",
    "0000000000000001, 5e-324",
    "8000000000000001, -5e-324",
    "7fefffffffffffff, 1.7976931348623157e+308",
    "ffefffffffffffff, -1.7976931348623157e+308",
    "4340000000000000, 9007199254740992",
    "c340000000000000, -9007199254740992",
    "4430000000000000, 295147905179352830000",
    "44b52d02c7e14af5, 9.999999999999997e+22",
    "44b52d02c7e14af6, 1e+23",
    "44b52d02c7e14af7, 1.0000000000000001e+23",
    "444b1ae4d6e2ef4e, 999999999999999700000",
    "444b1ae4d6e2ef4f, 999999999999999900000",
    "444b1ae4d6e2ef50, 1e+21",
    "3eb0c6f7a0b5ed8c, 9.999999999999997e-7",
    "3eb0c6f7a0b5ed8d, 0.000001",
    "41b3de4355555553, 333333333.3333332",
    "41b3de4355555554, 333333333.33333325",
    "41b3de4355555555, 333333333.3333333",
    "41b3de4355555556, 333333333.3333334",
    "41b3de4355555557, 333333333.33333343",
    "becbf647612f3696, -0.0000033333333333333333",
    "43143ff3c1cb0959, 1424953923781206.2"
  })
  void writesNumbersAsEcmaScriptDoes(String bits, String expected) {
    double number = Double.longBitsToDouble(Long.parseUnsignedLong(bits, 16));
    var object = new JsonObject().put("n", new JsonArray().add(number));
    assertThat(new String(CanonicalJson.bytes(object), StandardCharsets.UTF_8))
        .isEqualTo("{\"n\":[" + expected + "]}");
  }

  @Test
  void refusesWhatHasNoForm() {
    assertThatThrownBy(() -> CanonicalJson.bytes("{\"a\":1e400}"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** By RFC 8785, section 3.2.2.3, such numbers would lose their last digits. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"id\": 9007199254740993}",
        "{\"ids\": [{\"id\": -9223372036854775807}]}",
        "{\"id\": 295147905179352830001}"
      })
  void refusesWholeNumbersThatNoDoubleIs(String json) {
    assertThatThrownBy(() -> canonical(json))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("send it as a text");
  }

  @Test
  void takesWholeNumbersThatADoubleIs() {
    assertThat(canonical("{\"id\": 9007199254740994}")).isEqualTo("{\"id\":9007199254740994}");
  }
}
