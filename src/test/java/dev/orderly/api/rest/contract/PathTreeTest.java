package dev.orderly.api.rest.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.vertx.core.http.HttpMethod;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PathTreeTest {
  private final PathTree<String> tree = new PathTree<>();

  @BeforeEach
  void grow() {
    tree.add(HttpMethod.GET, "/", "index");
    tree.add(HttpMethod.GET, "/items/{item}", "show");
    tree.add(HttpMethod.POST, "/items/{item}/submit", "submit");
    tree.add(HttpMethod.POST, "/items/submit", "submit many");
    tree.add(HttpMethod.PUT, "/items/{id}", "replace");
    tree.add(HttpMethod.GET, "/{a}/of/{b}", "two");
  }

  @Test
  void findsByMethodAndSegments() {
    assertThat(find("GET", "/")).isEqualTo("index");
    assertThat(find("GET", "/items/7")).isEqualTo("show");
    assertThat(find("POST", "/items/7/submit")).isEqualTo("submit");
    assertThat(find("POST", "/items/submit")).isEqualTo("submit many");
    for (var nothing : new String[] {"/items", "/item", "/items/7/submit/x", "/items/7/submi"}) {
      assertThat(find("POST", nothing)).as(nothing).isNull();
      assertThat(tree.methods(nothing)).as(nothing).isEmpty();
    }
    assertThat(find("HEAD", "/items/7")).isNull();
  }

  @Test
  void takesALiteralForAParameterWhereNothingElseServesTheMethod() {
    var match = tree.find(HttpMethod.GET, "/items/submit");
    assertThat(match.served()).isEqualTo("show");
    assertThat(match.parameters()).isEqualTo(Map.of("item", "submit"));
    assertThat(find("POST", "/items/submit/submit")).isEqualTo("submit");
    assertThat(tree.find(HttpMethod.GET, "/items/of/1").parameters())
        .isEqualTo(Map.of("a", "items", "b", "1"));
  }

  @Test
  void ignoresASlashAtTheEnd() {
    assertThat(find("GET", "/items/7/")).isEqualTo("show");
    assertThat(find("POST", "/items/submit/")).isEqualTo("submit many");
  }

  @Test
  void decodesParametersUnderTheNamesOfTheirOwnPath() {
    var match = tree.find(HttpMethod.PUT, "/items/a%2Fb%20c+d%C3%A9");
    assertThat(match.parameters()).isEqualTo(Map.of("id", "a/b c+d\u00e9"));
    assertThat(tree.find(HttpMethod.GET, "/").parameters()).isEmpty();
    assertThatIllegalArgumentException().isThrownBy(() -> tree.find(HttpMethod.GET, "/items/%4"));
  }

  @Test
  void tellsTheMethodsOfAPath() {
    assertThat(tree.methods("/items/7")).containsExactly("GET", "PUT");
    assertThat(tree.methods("/items/submit")).containsExactly("GET", "POST", "PUT");
  }

  @Test
  void refusesToServeAPlaceTwice() {
    assertThatIllegalStateException()
        .isThrownBy(() -> tree.add(HttpMethod.GET, "/items/{other}", "again"))
        .withMessageContaining("GET /items/{other}");
  }

  private String find(String method, String path) {
    var match = tree.find(HttpMethod.valueOf(method), path);
    return match == null ? null : match.served();
  }
}
