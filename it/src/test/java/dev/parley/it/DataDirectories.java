package dev.parley.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestExecutionResult.Status;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/// Where the tests' nodes have their data: a node takes some 200 MiB, a whole run would take 20
/// GiB.
///
/// What a test class left is removed when all of it has passed; what belongs to a failure stays
/// until the next run. A run in the same checkout at the same time is not provided for.
public final class DataDirectories implements TestExecutionListener {
    private static final Path PARENT = Path.of("target", "it-data").toAbsolutePath();

    /// Names of what several classes use.
    private static final String SHARED = "shared-";

    private final Set<Path> kept = new HashSet<>();
    private boolean classFailed;
    private boolean anyFailed;

    static Path fresh(String name) {
        try {
            Files.createDirectories(PARENT);
            return Files.createTempDirectory(PARENT, name + "-").resolve("data");
        } catch (IOException e) {
            throw new UncheckedIOException("making a data directory for " + name, e);
        }
    }

    @Override
    public void testPlanExecutionStarted(TestPlan plan) {
        all().forEach(DataDirectories::remove);
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
        boolean failed = result.getStatus() != Status.SUCCESSFUL;
        classFailed |= failed;
        anyFailed |= failed;
        boolean isClass = test.getSource().filter(ClassSource.class::isInstance).isPresent();
        if (!isClass) {
            return;
        }
        for (Path one : all()) {
            if (classFailed) {
                kept.add(one);
            } else if (!kept.contains(one) && !shared(one)) {
                remove(one);
            }
        }
        classFailed = false;
    }

    @Override
    public void testPlanExecutionFinished(TestPlan plan) {
        if (!anyFailed) {
            all().forEach(DataDirectories::remove);
        }
    }

    private static boolean shared(Path directory) {
        return directory.getFileName().toString().startsWith(SHARED);
    }

    private static List<Path> all() {
        if (!Files.isDirectory(PARENT)) {
            return List.of();
        }
        try (Stream<Path> found = Files.list(PARENT)) {
            return found.toList();
        } catch (IOException e) {
            throw new UncheckedIOException("listing " + PARENT, e);
        }
    }

    private static void remove(Path directory) {
        try (Stream<Path> found = Files.walk(directory)) {
            for (Path one : found.toList().reversed()) {
                Files.delete(one);
            }
        } catch (IOException e) {
            // It only costs space; and a test must not fail for it.
            System.err.println("not removed: " + directory + ": " + e);
        }
    }
}
