package dev.orderly.applying.preview;

import io.vertx.core.json.JsonObject;

/** Declarations of types that are reviewed. */
final class Types {
  private Types() {}

  private static final String HEAD =
      """
      type: %s
      payload: { type: object }
      submission: { schema: { type: object } }
      """;

  private static final String SQL =
      """
        sql:
          datasource: %s
          steps:
            - name: put
              params: { city: order.payload.city, tier: items.result.tier }
              statement: |
                insert into tiers (city, tier) values (:city, :tier)
                on conflict (city) do update set tier = excluded.tier
          diff:
            before: { query: "select city, tier from tiers where city = :city", params: { city: order.payload.city }, key: city }
            after: { query: "select city, tier from tiers where city = :city", params: { city: order.payload.city }, key: city }
      """;

  private static final String REVERT_SQL =
      """
      revert:
        sql:
          datasource: %s
          steps:
            - name: remove
              params: { city: order.payload.city }
              statement: delete from tiers where city = :city
            - name: restore
              params: { rows: '$each(diff.before, function($v) { $v })' }
              statement: |
                insert into tiers (city, tier) select city, tier
                from jsonb_to_recordset(:rows) as r(city text, tier text)
          diff:
            before: { query: "select city, tier from tiers where city = :city", params: { city: order.payload.city }, key: city }
            after: { query: "select city, tier from tiers where city = :city", params: { city: order.payload.city }, key: city }
      """;

  private static final String WEBHOOK =
      """
        webhook:
          url: %s
          secret: target
          dry_run: %s
      """;

  static final String HOLD = "approval: { hold_on_difference: true }\n";

  /** Gives a city a tier. */
  static String sql(String name, String datasource, String more) {
    return HEAD.formatted(name) + more + "apply:\n" + SQL.formatted(datasource);
  }

  static String revertibleSql(String name, String datasource, String more) {
    return sql(name, datasource, more) + REVERT_SQL.formatted(datasource);
  }

  static String webhook(String name, String url, boolean dryRun, String more) {
    return HEAD.formatted(name) + more + "apply:\n" + WEBHOOK.formatted(url, dryRun);
  }

  static String revertibleWebhook(String name, String url, String more) {
    return webhook(name, url, true, more) + "revert:\n" + WEBHOOK.formatted(url, true);
  }

  static String with(String name, String rest) {
    return HEAD.formatted(name) + rest;
  }

  static JsonObject city(String name) {
    return new JsonObject().put("city", name);
  }

  static JsonObject tier(String tier) {
    return new JsonObject().put("tier", tier);
  }

  static JsonObject row(String city, String tier) {
    return new JsonObject().put(city, city(city).put("tier", tier));
  }
}
