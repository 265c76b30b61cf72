package dev.orderly.applying.webhook;

import dev.orderly.applying.claim.ApplyFailed;
import dev.orderly.applying.claim.ApplyStore;
import dev.orderly.applying.claim.Approved;
import dev.orderly.applying.claim.Claim;
import dev.orderly.storage.Tx;
import dev.orderly.types.ApplySpec;
import dev.orderly.types.Diff;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Asks a target to make the change. Each try sends the same idempotency key, so a target that keeps
 * to it makes the change once even if a reply is lost or this process dies before it records one;
 * the fence rises with each try, so a target that keeps the highest can refuse late ones.
 */
public final class WebhookApplier {
  private static final Pattern VARIABLE = Pattern.compile("\\$\\{([A-Za-z_][A-Za-z0-9_]*)}");

  private final Tx tx;
  private final WebhookCall call;
  private final Map<String, String> secrets;
  private final UnaryOperator<String> environment;
  private final InstantSource time;

  /**
   * @param secrets signing secrets by the names that types give
   * @param environment a variable's value, or null if it is not set
   */
  public WebhookApplier(
      Tx tx,
      WebhookCall call,
      Map<String, String> secrets,
      UnaryOperator<String> environment,
      InstantSource time) {
    this.tx = tx;
    this.call = call;
    this.secrets = Map.copyOf(secrets);
    this.environment = environment;
    this.time = time;
  }

  /**
   * One try; when it returns, the order is completed.
   *
   * @throws ClaimLost if the claim does not hold the order any more
   * @throws ApplyFailed if the change was not made
   */
  public void apply(Claim claim, ApplySpec.Webhook spec) {
    var approved = tx.run(connection -> ApplyStore.load(connection, claim));
    var reply = ask(claim, spec, claim.key().toString(), body(claim, approved));
    var diff = WebhookReply.read(reply, time.instant());
    tx.run(
        connection -> {
          var locked = ApplyStore.lock(connection, claim);
          ApplyStore.complete(connection, claim, locked, diff);
          return null;
        });
  }

  /**
   * Tells a target that a change was made, as one step of what follows it.
   *
   * @param key of the step, the same for each try
   * @throws ApplyFailed if the target did not take it
   */
  public void notify(
      Claim claim, ApplySpec.Webhook spec, String key, int hook, Approved approved, Diff diff) {
    var body =
        document(claim, approved)
            .put("diff", diff.toJson())
            .put("hook", hook)
            .put("attempt", claim.attempt())
            .put("fence", claim.fence())
            .toBuffer();
    WebhookReply.requireTaken(ask(claim, spec, key, body), time.instant());
  }

  private WebhookCall.Reply ask(Claim claim, ApplySpec.Webhook spec, String key, Buffer body) {
    try {
      var headers = headers(claim, spec, key, body);
      return call.post(spec.url(), headers, body, spec.timeout()).await();
    } catch (ApplyFailed e) {
      throw e;
    } catch (IllegalArgumentException e) {
      throw ApplyFailed.forGood("The webhook cannot be called: " + e.getMessage(), e);
    } catch (Exception e) {
      if (e instanceof TimeoutException) {
        throw ApplyFailed.forNow(
            "The webhook did not answer within %d ms".formatted(spec.timeout().toMillis()), e);
      }
      // Awaiting throws a future's own failure, checked or not.
      throw ApplyFailed.forNow("The webhook did not answer: " + reason(e), e);
    }
  }

  private static String reason(Throwable failure) {
    return failure.getMessage() != null ? failure.getMessage() : failure.getClass().getSimpleName();
  }

  private static Buffer body(Claim claim, Approved approved) {
    return document(claim, approved)
        .put("attempt", claim.attempt())
        .put("fence", claim.fence())
        .toBuffer();
  }

  private static JsonObject document(Claim claim, Approved approved) {
    var order = approved.document().getJsonObject("order");
    var items = items(approved);
    var document =
        new JsonObject()
            .put("order", order.put("type_version", approved.order().typeVersion()))
            .put("items", items);
    return claim.itemId() == null ? document : document.put("item", items.getValue(0));
  }

  /** With the fence of the lease under which each was submitted: a target may know it already. */
  private static JsonArray items(Approved approved) {
    var documents = approved.itemDocuments();
    for (int i = 0; i < documents.size(); i++) {
      documents.getJsonObject(i).put("fence", approved.fences().get(approved.items().get(i).id()));
    }
    return documents;
  }

  /** The type's own headers first: none of them can stand in for ours. */
  private MultiMap headers(Claim claim, ApplySpec.Webhook spec, String key, Buffer body) {
    long timestamp = time.instant().getEpochSecond();
    var headers = MultiMap.caseInsensitiveMultiMap();
    spec.headers().forEach((name, value) -> headers.set(name, expand(name, value)));
    headers
        .set("Content-Type", "application/json")
        .set("Accept", "application/json")
        .set("Idempotency-Key", key)
        .set("Orderly-Fence", Long.toString(claim.fence()))
        .set("webhook-id", key)
        .set("webhook-timestamp", Long.toString(timestamp));
    if (spec.secretName() != null) {
      headers.set(
          "webhook-signature",
          WebhookSignature.of(secret(spec.secretName()), key, timestamp, body));
    }
    return headers;
  }

  private String secret(String name) {
    var secret = secrets.get(name);
    if (secret == null || secret.isEmpty()) {
      throw ApplyFailed.forGood(
          "There is no webhook secret %s in the configuration".formatted(name));
    }
    return secret;
  }

  private String expand(String header, String value) {
    return VARIABLE
        .matcher(value)
        .replaceAll(
            match -> {
              var set = environment.apply(match.group(1));
              if (set == null) {
                throw ApplyFailed.forGood(
                    "The header %s needs the environment variable %s, which is not set"
                        .formatted(header, match.group(1)));
              }
              return Matcher.quoteReplacement(set);
            });
  }
}
