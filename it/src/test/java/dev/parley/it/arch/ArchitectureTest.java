package dev.parley.it.arch;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// The arrows between modules, and what the core must not touch so that a simulation can own it.
class ArchitectureTest {
    private static final List<String> MODULES =
            List.of("api", "core", "front", "node", "client", "cli");

    private static final JavaClasses PRODUCT = imported();

    /// The places in the core where threads meet.
    private static final Set<String> MEETING_PLACES =
            Set.of(
                    "dev.parley.core.shard.Inbox",
                    "dev.parley.core.log.Handover",
                    "dev.parley.core.log.LogKeeper",
                    "dev.parley.core.log.LogWriter");

    private static JavaClasses imported() {
        List<Path> directories =
                MODULES.stream()
                        .map(module -> Checkout.root().resolve(module).resolve("target/classes"))
                        .filter(Files::isDirectory)
                        .toList();
        return new ClassFileImporter().importPaths(directories);
    }

    @Test
    void everyModuleIsLookedAt() {
        for (String module : List.of("api", "core", "front", "node", "cli")) {
            assertThat(PRODUCT.stream())
                    .as("classes of %s", module)
                    .anyMatch(one -> one.getPackageName().startsWith("dev.parley." + module));
        }
    }

    @Test
    void apiKnowsOnlyTheJdk() {
        onlyUses("dev.parley.api..", "dev.parley.api..");
    }

    @Test
    void coreKnowsOnlyApiAndTheJdk() {
        onlyUses("dev.parley.core..", "dev.parley.core..", "dev.parley.api..");
    }

    @Test
    void arrowsPointOneWay() {
        noClasses()
                .that()
                .resideInAnyPackage("dev.parley.front..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.parley.node..", "dev.parley.client..", "dev.parley.cli..")
                .check(PRODUCT);
        noClasses()
                .that()
                .resideInAPackage("dev.parley.node..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.parley.client..", "dev.parley.cli..")
                .check(PRODUCT);
        noClasses()
                .that()
                .resideInAPackage("dev.parley.client..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.parley.core..", "dev.parley.front..", "dev.parley.node..")
                .allowEmptyShould(true)
                .check(PRODUCT);
    }

    @Test
    void patternsShareTheLogAndNothingElse() {
        noClasses()
                .that()
                .resideInAPackage("dev.parley.core.catalog..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.parley.core.queue..")
                .check(PRODUCT);
        noClasses()
                .that()
                .resideInAPackage("dev.parley.core.queue..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.parley.core.catalog..")
                .check(PRODUCT);
    }

    @Test
    void noPackageCycles() {
        slices().matching("dev.parley.(*).(*)..").should().beFreeOfCycles().check(PRODUCT);
    }

    @Test
    void nettyStaysInTheFrontAndTheAssembly() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        "dev.parley.api..",
                        "dev.parley.core..",
                        "dev.parley.front.amqp..",
                        "dev.parley.front.mqtt..",
                        "dev.parley.front.home..",
                        "dev.parley.node.feed..",
                        "dev.parley.client..",
                        "dev.parley.cli..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.netty..")
                .check(PRODUCT);
    }

    @Test
    void coreDrawsNeitherTimeNorChanceNorThreads() {
        DescribedPredicate<JavaCall<?>> banned =
                describe(
                        "draws time, chance, threads or identity",
                        call -> {
                            String owner = call.getTargetOwner().getFullName();
                            String name = call.getTarget().getName();
                            return switch (owner) {
                                case "java.lang.System" ->
                                        Set.of("nanoTime", "currentTimeMillis", "identityHashCode")
                                                .contains(name);
                                case "java.time.Instant", "java.time.LocalDateTime" ->
                                        name.equals("now");
                                case "java.util.UUID" -> name.equals("randomUUID");
                                case "java.lang.Thread",
                                        "java.util.Random",
                                        "java.security.SecureRandom",
                                        "java.util.concurrent.ThreadLocalRandom" ->
                                        true;
                                default -> false;
                            };
                        });
        noClasses()
                .that()
                .resideInAPackage("dev.parley.core..")
                .should()
                .callCodeUnitWhere(banned)
                .check(PRODUCT);
        noClasses()
                .that()
                .resideInAPackage("dev.parley.core..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "java.io..", "java.nio.file..", "java.nio.channels..", "java.net..")
                .check(PRODUCT);
    }

    @Test
    void threadsMeetInFourPlacesOfTheCore() {
        noClasses()
                .that()
                .resideInAPackage("dev.parley.core..")
                .and(describe("is no meeting place", one -> !meets(one)))
                .should()
                .dependOnClassesThat()
                .resideInAPackage("java.util.concurrent..")
                .check(PRODUCT);
    }

    private static boolean meets(JavaClass one) {
        return MEETING_PLACES.stream().anyMatch(place -> one.getName().startsWith(place));
    }

    @Test
    void noStaticMutableState() {
        fields().that()
                .areStatic()
                .and(describe("are written by people", f -> !f.getName().startsWith("$")))
                .should()
                .beFinal()
                .check(PRODUCT);
    }

    @Test
    void noJavaSerializationNorReflection() {
        noClasses()
                .that()
                .resideInAPackage("dev.parley..")
                .should()
                .dependOnClassesThat(
                        resideInAPackage("java.lang.reflect..")
                                .or(
                                        describe(
                                                "streams of objects",
                                                one -> one.getName().startsWith("java.io.Object"))))
                .check(PRODUCT);
    }

    private static void onlyUses(String who, String... what) {
        noClasses()
                .that()
                .resideInAPackage(who)
                .should()
                .dependOnClassesThat(
                        describe(
                                "lie outside",
                                one ->
                                        !resideInAnyPackage(what).test(one)
                                                && !one.getPackageName().startsWith("java")
                                                && !one.getPackageName().startsWith("org.jspecify")
                                                && !one.isPrimitive()
                                                && !one.isArray()))
                .check(PRODUCT);
    }

    @Test
    void mutableCollectionsAreNotShared() {
        // A static final collection that can be changed is static mutable state too.
        assertThat(
                        PRODUCT.stream()
                                .flatMap(one -> one.getFields().stream())
                                .filter(field -> field.getModifiers().contains(JavaModifier.STATIC))
                                .filter(field -> MUTABLE.contains(field.getRawType().getName()))
                                .map(field -> field.getFullName()))
                .isEmpty();
    }

    private static final Set<String> MUTABLE =
            Set.of(
                    "java.util.ArrayList",
                    "java.util.HashMap",
                    "java.util.LinkedHashMap",
                    "java.util.TreeMap",
                    "java.util.HashSet",
                    "java.util.concurrent.ConcurrentHashMap",
                    "java.util.concurrent.atomic.AtomicInteger",
                    "java.util.concurrent.atomic.AtomicLong");
}
