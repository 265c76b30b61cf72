package dev.orderly.applying.webhook;

import dev.orderly.applying.claim.ApplyFailed;
import dev.orderly.applying.claim.ApplyStore;
import dev.orderly.applying.claim.Approved;
import dev.orderly.applying.claim.Claim;
import dev.orderly.applying.hold.Differs;
import dev.orderly.applying.hold.Expected;
import dev.orderly.applying.hold.HoldOrders;
import dev.orderly.applying.hold.Predictions;
import dev.orderly.storage.Ids;
import dev.orderly.storage.Tx;
import dev.orderly.types.ApplySpec;
import dev.orderly.types.Diff;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
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
   * One try. A target that is asked cannot be stopped any more: what it says it did is recorded,
   * whatever it is.
   *
   * @return true if the order is held, as that is not the expected change
   * @throws Differs if the target says in advance that the change would not be the expected one
   * @throws ClaimLost if the claim does not hold the order any more
   * @throws ApplyFailed if the change was not made
   */
  public boolean apply(Claim claim, ApplySpec.Webhook spec, Expected expected) {
    var approved = tx.run(connection -> ApplyStore.load(connection, claim));
    if (expected.asksFirst()) {
      expected.require(dryRun(approved, spec, spec.timeout()));
    }
    if (expected.holds()) {
      // A target that has made the change foretells another: it is not asked in advance again.
      tx.run(connection -> Predictions.beginEffect(connection, claim));
    }
    var message = message(claim, claim.key().toString(), body(approved));
    var diff = WebhookReply.read(ask(spec, message, spec.timeout()), time.instant());
    return tx.run(
        connection -> {
          var locked = ApplyStore.lock(connection, claim);
          if (expected.allows(diff)) {
            ApplyStore.complete(connection, claim, locked, diff);
            return false;
          }
          HoldOrders.keep(connection, claim, locked, diff, expected);
          return true;
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
    var body = body(approved).put("diff", diff.toJson()).put("hook", hook);
    var reply = ask(spec, message(claim, key, body), spec.timeout());
    WebhookReply.requireTaken(reply, time.instant());
  }

  /**
   * Asks the target what it would change. Its own key, so that a target which keeps answers by
   * their keys does not take the change for made.
   *
   * @throws ApplyFailed if it does not tell
   */
  public Diff dryRun(Approved approved, ApplySpec.Webhook spec, Duration timeout) {
    var body = body(approved).put("dry_run", true);
    var message = new Message("dry-run-" + Ids.next(), null, true, body.toBuffer());
    return WebhookReply.read(ask(spec, message, timeout), time.instant());
  }

  /**
   * What is sent.
   *
   * @param key names the message; the same for each try of a change
   * @param fence of the try; null if nothing is to be changed
   */
  private record Message(String key, Long fence, boolean dryRun, Buffer body) {}

  /** Of a try that changes something. */
  private static Message message(Claim claim, String key, JsonObject body) {
    var tried = body.put("attempt", claim.attempt()).put("fence", claim.fence());
    return new Message(key, claim.fence(), false, tried.toBuffer());
  }

  private WebhookCall.Reply ask(ApplySpec.Webhook spec, Message message, Duration timeout) {
    try {
      var headers = headers(spec, message);
      return call.post(spec.url(), headers, message.body(), timeout).await();
    } catch (ApplyFailed e) {
      throw e;
    } catch (IllegalArgumentException e) {
      throw ApplyFailed.forGood("The webhook cannot be called: " + e.getMessage(), e);
    } catch (Exception e) {
      if (e instanceof TimeoutException) {
        throw ApplyFailed.forNow(
            "The webhook did not answer within %d ms".formatted(timeout.toMillis()), e);
      }
      // Awaiting throws a future's own failure, checked or not.
      throw ApplyFailed.forNow("The webhook did not answer: " + reason(e), e);
    }
  }

  private static String reason(Throwable failure) {
    return failure.getMessage() != null ? failure.getMessage() : failure.getClass().getSimpleName();
  }

  private static JsonObject body(Approved approved) {
    var shown = approved.shown();
    var order = shown.document().getJsonObject("order");
    var body =
        new JsonObject()
            .put("order", order.put("type_version", shown.order().typeVersion()))
            .put("items", items(shown));
    if (shown.oneItem()) {
      body.put("item", body.getJsonArray("items").getValue(0));
    }
    if (approved.undone() != null) {
      body.put("diff", approved.undone().diff().toJson()).put("revert", approved.revert());
    }
    return body;
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
  private MultiMap headers(ApplySpec.Webhook spec, Message message) {
    var key = message.key();
    long timestamp = time.instant().getEpochSecond();
    var headers = MultiMap.caseInsensitiveMultiMap();
    spec.headers().forEach((name, value) -> headers.set(name, expand(name, value)));
    headers
        .set("Content-Type", "application/json")
        .set("Accept", "application/json")
        .set("Idempotency-Key", key)
        .set("webhook-id", key)
        .set("webhook-timestamp", Long.toString(timestamp));
    if (message.fence() != null) {
      headers.set("Orderly-Fence", message.fence().toString());
    }
    if (message.dryRun()) {
      headers.set("Orderly-Dry-Run", "true");
    }
    if (spec.secretName() != null) {
      headers.set(
          "webhook-signature",
          WebhookSignature.of(secret(spec.secretName()), key, timestamp, message.body()));
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
