package dev.orderly.applying.preview;

import dev.orderly.types.Diff;
import dev.orderly.types.JavaApply;
import dev.orderly.types.plugin.AbstractOrderType;
import io.vertx.core.json.JsonObject;

/** A type in Java, whose change is given; differences are held, and changes undone, if so asked. */
final class JavaType extends AbstractOrderType {
  private final String name;
  private final JavaApply change;
  private final boolean reviewed;

  JavaType(String name, JavaApply change) {
    this(name, change, false);
  }

  JavaType(String name, JavaApply change, boolean reviewed) {
    this.name = name;
    this.change = change;
    this.reviewed = reviewed;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public JsonObject schema() {
    return new JsonObject().put("type", "object");
  }

  @Override
  public JsonObject resultSchema() {
    return new JsonObject().put("type", "object");
  }

  @Override
  public boolean holdOnDifference() {
    return reviewed;
  }

  @Override
  public boolean revertible() {
    return reviewed;
  }

  @Override
  public Diff apply(Context context) {
    return change.apply(context);
  }

  @Override
  public Diff preview(Context context) {
    return change.preview(context);
  }

  @Override
  public Diff revert(Context context, Diff applied) {
    return change.revert(context, applied);
  }

  @Override
  public Diff previewRevert(Context context, Diff applied) {
    return change.previewRevert(context, applied);
  }
}
