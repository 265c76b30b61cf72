package dev.orderly;

import static com.tngtech.archunit.base.DescribedPredicate.alwaysTrue;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleNameEndingWith;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.Architectures;

/** The rules of docs/architecture.md. */
@AnalyzeClasses(packages = "dev.orderly", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {

  /** Features and what each may use. The root composes them all. */
  @ArchTest
  static final ArchRule featuresUseOnlyWhatLiesBelowThem =
      Architectures.layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("domain")
          .definedBy("dev.orderly.domain..")
          .layer("config")
          .definedBy("dev.orderly.config")
          .layer("loading")
          .definedBy("dev.orderly.config.loading..")
          .layer("logging")
          .definedBy("dev.orderly.logging..")
          .layer("schema")
          .definedBy("dev.orderly.types.schema..")
          .layer("types")
          .definedBy("dev.orderly.types..")
          .layer("bus")
          .definedBy("dev.orderly.bus..")
          .layer("storage")
          .definedBy("dev.orderly.storage..")
          .layer("audit")
          .definedBy("dev.orderly.audit..")
          .layer("idempotency")
          .definedBy("dev.orderly.idempotency..")
          .layer("lifecycle")
          .definedBy("dev.orderly.lifecycle..")
          .layer("leasing")
          .definedBy("dev.orderly.leasing..")
          .layer("state")
          .definedBy("dev.orderly.state..")
          .layer("artifacts")
          .definedBy("dev.orderly.artifacts..")
          .layer("applying")
          .definedBy("dev.orderly.applying..")
          .layer("maintenance")
          .definedBy("dev.orderly.maintenance..")
          .layer("auth")
          .definedBy("dev.orderly.auth..")
          .layer("api")
          .definedBy("dev.orderly.api..")
          .layer("cli")
          .definedBy("dev.orderly.cli..")
          .layer("root")
          .definedBy("dev.orderly")
          .whereLayer("domain")
          .mayNotAccessAnyLayer()
          .whereLayer("config")
          .mayNotAccessAnyLayer()
          .whereLayer("loading")
          .mayOnlyAccessLayers("config")
          .whereLayer("logging")
          .mayOnlyAccessLayers("config")
          .whereLayer("types")
          .mayOnlyAccessLayers("domain")
          .whereLayer("bus")
          .mayOnlyAccessLayers("domain")
          .whereLayer("storage")
          .mayOnlyAccessLayers("domain")
          .whereLayer("audit")
          .mayOnlyAccessLayers("domain", "storage")
          .whereLayer("idempotency")
          .mayOnlyAccessLayers("domain", "storage")
          .whereLayer("lifecycle")
          .mayOnlyAccessLayers("domain", "storage", "bus", "audit")
          .whereLayer("auth")
          .mayOnlyAccessLayers("domain", "storage", "bus", "idempotency")
          .whereLayer("leasing")
          .mayOnlyAccessLayers(
              "domain", "types", "storage", "bus", "audit", "idempotency", "lifecycle")
          .whereLayer("artifacts")
          .mayOnlyAccessLayers("domain", "types", "storage", "bus")
          .whereLayer("state")
          .mayOnlyAccessLayers(
              "domain",
              "types",
              "storage",
              "bus",
              "audit",
              "idempotency",
              "lifecycle",
              "leasing",
              "artifacts")
          .whereLayer("applying")
          .mayOnlyAccessLayers("domain", "types", "storage", "bus", "audit", "lifecycle")
          .whereLayer("maintenance")
          .mayOnlyAccessLayers(
              "domain", "storage", "bus", "audit", "lifecycle", "leasing", "artifacts")
          .whereLayer("api")
          .mayOnlyAccessLayers(
              "domain",
              "schema",
              "bus",
              "auth",
              "idempotency",
              "lifecycle",
              "leasing",
              "state",
              "artifacts")
          .whereLayer("cli")
          .mayOnlyAccessLayers("domain", "config", "loading", "logging", "storage");

  /**
   * Within a feature too: of two packages only one may use the other, directly or not. Its verticle
   * composes a feature and so may use all of it.
   */
  @ArchTest
  static final ArchRule packagesDoNotUseEachOtherInCircles =
      slices()
          .matching("dev.orderly.(**)")
          .should()
          .beFreeOfCycles()
          .ignoreDependency(simpleNameEndingWith("Verticle"), alwaysTrue());

  /** Adapters decode, send and encode: they know no SQL and no service. */
  @ArchTest
  static final ArchRule adaptersNeverReachTheDatabase =
      noClasses()
          .that()
          .resideInAPackage("dev.orderly.api..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.vertx.sqlclient..", "io.vertx.pgclient..", "java.sql..");

  @ArchTest
  static final ArchRule siblingAdaptersNeverUseEachOther =
      slices().matching("dev.orderly.api.(*)..").should().notDependOnEachOther();

  @ArchTest
  static final ArchRule theDomainIsPlainJava =
      classes()
          .that()
          .resideInAPackage("dev.orderly.domain..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage("dev.orderly.domain..", "java..");

  @ArchTest
  static final ArchRule theEventBusIsTouchedInOnePlace =
      noClasses()
          .that()
          .resideOutsideOfPackages("dev.orderly.bus..")
          .should()
          .dependOnClassesThat()
          .haveFullyQualifiedName("io.vertx.core.eventbus.EventBus");

  @ArchTest
  static final ArchRule promisesAreBridgedInFewPlaces =
      noClasses()
          .that()
          .resideOutsideOfPackages("dev.orderly.bus..", "dev.orderly.storage..")
          // A body is read by callbacks, so that reading stops at the limit.
          .and()
          .doNotHaveSimpleName("Bodies")
          // Those who wait for work, or for another node, are answered by whatever happens first.
          .and()
          .haveNameNotMatching("dev\\.orderly\\.leasing\\.desk\\.(Waiters|DeskCalls)(\\$.*)?")
          .should()
          .dependOnClassesThat()
          .haveFullyQualifiedName("io.vertx.core.Promise");

  /** Time comes from the database, or from an InstantSource that a test can set. */
  @ArchTest
  static final ArchRule nobodyReadsTheWallClockDirectly =
      noClasses()
          .should()
          .callMethod(java.time.Instant.class, "now")
          .orShould()
          .callMethod(java.time.OffsetDateTime.class, "now")
          .orShould()
          .callMethod(System.class, "currentTimeMillis");

  @ArchTest
  static final ArchRule noPackageIsADrawerForAnything =
      noClasses()
          .should()
          .resideInAnyPackage("..util..", "..utils..", "..common..", "..managers..", "..helpers..");
}
