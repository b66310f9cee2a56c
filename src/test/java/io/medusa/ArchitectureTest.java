package io.medusa;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.Test;

/** The direction of the packages, as docs/architecture.md draws it. */
final class ArchitectureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.medusa");

    private static final String[] FLOWS = {
        "io.medusa.backup..",
        "io.medusa.restore..",
        "io.medusa.verify..",
        "io.medusa.purge..",
        "io.medusa.catalog..",
        "io.medusa.doctor..",
        "io.medusa.cluster.."
    };
    private static final String[] PORTS = {
        "io.medusa.storage",
        "io.medusa.cassandra",
        "io.medusa.remote",
        "io.medusa.transfer..",
        "io.medusa.monitoring..",
        "io.medusa.hooks.."
    };
    private static final String[] ADAPTERS = {
        "io.medusa.storage.local..",
        "io.medusa.storage.s3..",
        "io.medusa.storage.gcs..",
        "io.medusa.storage.azure..",
        "io.medusa.cassandra.http..",
        "io.medusa.cassandra.jmx..",
        "io.medusa.cassandra.cql..",
        "io.medusa.cassandra.process..",
        "io.medusa.remote.ssh.."
    };

    @Test
    void looksAtTheWholeProduct() {
        assertThat(CLASSES).hasSizeGreaterThan(100);
        assertThat(CLASSES.contain(Main.class)).isTrue();
    }

    @Test
    void layersPointDownwards() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("entry")
                .definedBy("io.medusa", "io.medusa.cli..", "io.medusa.grpc..", "io.medusa.report..")
                .layer("app")
                .definedBy("io.medusa.app..")
                .layer("config")
                .definedBy("io.medusa.config..")
                .layer("flows")
                .definedBy(FLOWS)
                .layer("repository")
                .definedBy("io.medusa.repository..")
                .layer("adapters")
                .definedBy(ADAPTERS)
                .layer("ports")
                .definedBy(PORTS)
                .layer("os")
                .definedBy("io.medusa.os..")
                .layer("model")
                .definedBy("io.medusa.schema..", "io.medusa.model..", "io.medusa.error..")
                .whereLayer("entry")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("app")
                .mayOnlyBeAccessedByLayers("entry")
                .whereLayer("config")
                .mayOnlyBeAccessedByLayers("entry", "app")
                .whereLayer("flows")
                .mayOnlyBeAccessedByLayers("entry", "app")
                .whereLayer("adapters")
                .mayOnlyBeAccessedByLayers("app")
                .whereLayer("repository")
                .mayOnlyBeAccessedByLayers("entry", "app", "flows")
                .whereLayer("ports")
                .mayOnlyBeAccessedByLayers("entry", "app", "flows", "repository", "adapters")
                .whereLayer("os")
                .mayOnlyBeAccessedByLayers("entry", "app", "config", "flows", "adapters", "ports", "repository")
                .check(CLASSES);
    }

    @Test
    void everyClassHasALayer() {
        classes()
                .should()
                .resideInAnyPackage(
                        "io.medusa",
                        "io.medusa.cli..",
                        "io.medusa.grpc..",
                        "io.medusa.wire..",
                        "io.medusa.report..",
                        "io.medusa.app..",
                        "io.medusa.config..",
                        "io.medusa.backup..",
                        "io.medusa.restore..",
                        "io.medusa.verify..",
                        "io.medusa.purge..",
                        "io.medusa.catalog..",
                        "io.medusa.doctor..",
                        "io.medusa.cluster..",
                        "io.medusa.remote..",
                        "io.medusa.repository..",
                        "io.medusa.storage..",
                        "io.medusa.cassandra..",
                        "io.medusa.transfer..",
                        "io.medusa.monitoring..",
                        "io.medusa.hooks..",
                        "io.medusa.os..",
                        "io.medusa.schema..",
                        "io.medusa.model..",
                        "io.medusa.error..")
                .check(CLASSES);
    }

    @Test
    void flowsDoNotImportEachOther() {
        slices().matching("io.medusa.(backup|restore|verify|purge|catalog|doctor|cluster)..")
                .should()
                .notDependOnEachOther()
                .check(CLASSES);
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching("io.medusa.(**)").should().beFreeOfCycles().check(CLASSES);
    }

    /** A class and its nested ones count as one; generated ones do not count. */
    @Test
    void classesOfAPackageFormNoCycle() {
        Map<String, Set<String>> uses = new TreeMap<>();
        for (JavaClass used : CLASSES.that(not(resideInAPackage("io.medusa.wire..")))) {
            for (Dependency dependency : used.getDirectDependenciesFromSelf()) {
                JavaClass target = dependency.getTargetClass();
                if (target.getPackageName().equals(used.getPackageName())
                        && !outer(target).equals(outer(used))) {
                    uses.computeIfAbsent(outer(used), absent -> new TreeSet<>()).add(outer(target));
                }
            }
        }
        Set<String> knots = new TreeSet<>();
        for (String each : uses.keySet()) {
            Set<String> knot = reachable(uses, each).stream()
                    .filter(other -> reachable(uses, other).contains(each))
                    .collect(Collectors.toCollection(TreeSet::new));
            if (knot.size() > 1) {
                knots.add(knot.toString().replace("io.medusa.", ""));
            }
        }
        assertThat(String.join("\n", knots)).isEmpty();
    }

    private static String outer(JavaClass any) {
        String name = any.getBaseComponentType().getName();
        int nested = name.indexOf('$');
        return nested < 0 ? name : name.substring(0, nested);
    }

    private static Set<String> reachable(Map<String, Set<String>> uses, String from) {
        Set<String> seen = new TreeSet<>();
        Deque<String> next = new ArrayDeque<>(uses.getOrDefault(from, Set.of()));
        while (!next.isEmpty()) {
            String each = next.pop();
            if (seen.add(each)) {
                next.addAll(uses.getOrDefault(each, Set.of()));
            }
        }
        return seen;
    }

    @Test
    void vendorsStayInTheirPlace() {
        only("picocli..", "io.medusa.cli..", "io.medusa");
        only("j2html..", "io.medusa.report..");
        only("com.datastax..", "io.medusa.cassandra.cql..");
        only("com.sun.jna..", "io.medusa.os..", "io.medusa.error..");
        only("software.amazon..", "io.medusa.storage.s3..");
        only("com.google..", "io.medusa.storage.gcs..", "io.medusa.grpc..", "io.medusa.wire..");
        only("io.grpc..", "io.medusa.grpc..", "io.medusa.cluster.grpc..", "io.medusa.wire..");
        only("io.micrometer..", "io.medusa.monitoring..");
        only("com.azure..", "io.medusa.storage.azure..");
        only("ch.qos.logback..", "io.medusa.app..");
        only("org.snakeyaml..", "io.medusa.cassandra");
        only("org.apache.sshd..", "io.medusa.remote.ssh..");
        only("javax.management..", "io.medusa.cassandra.jmx..");
    }

    private static void only(String vendor, String... packages) {
        noClasses()
                .that(resideOutsideOfPackages(packages))
                .should()
                .dependOnClassesThat()
                .resideInAPackage(vendor)
                .check(CLASSES);
    }

    @Test
    void threadsAreMadeInTransferOnly() {
        noClasses()
                .that(not(resideInAnyPackage("io.medusa.transfer..")).and(not(JavaClass.Predicates.type(Main.class))))
                .should()
                .callConstructor(Thread.class, Runnable.class)
                .orShould()
                .callConstructor(Thread.class, Runnable.class, String.class)
                .orShould()
                .dependOnClassesThat()
                .areAssignableTo(java.util.concurrent.Executor.class)
                .check(CLASSES);
    }

    @Test
    void onlyMainExits() {
        noClasses()
                .that(not(JavaClass.Predicates.type(Main.class)))
                .should()
                .callMethod(System.class, "exit", int.class)
                .check(CLASSES);
    }

    @Test
    void standardOutputBelongsToTheCommandLine() {
        noClasses()
                .that(resideOutsideOfPackages("io.medusa.cli.."))
                .should()
                .accessField(System.class, "out")
                .check(CLASSES);
    }

    @Test
    void noGenericExceptionsAreThrown() {
        noClasses()
                .should()
                .callConstructor(RuntimeException.class, String.class)
                .orShould()
                .callConstructor(Exception.class, String.class)
                .check(CLASSES);
    }

    @Test
    void namesAreTheFieldsOwn() {
        for (String ending : List.of("Util", "Utils", "Helper", "Manager", "Impl")) {
            noClasses()
                    .that()
                    .areNotAssignableTo(TrustManager.class)
                    .should()
                    .haveSimpleNameEndingWith(ending)
                    .check(CLASSES);
        }
    }
}
