package dev.parley.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `./parley` itself, in a checkout without sources, with a JDK and a Maven that only write down
/// how they were called.
class LauncherTest {
    private static final List<String> TOOLS =
            List.of(
                    "sh",
                    "dirname",
                    "readlink",
                    "sed",
                    "head",
                    "find",
                    "grep",
                    "mkdir",
                    "mv",
                    "rm",
                    "cat",
                    "touch",
                    "sleep",
                    "true");

    @TempDir private Path directory = Path.of("");
    private Path root = Path.of("");
    private Path tools = Path.of("");
    private Path jdk = Path.of("");

    @BeforeEach
    void makeCheckout() throws IOException {
        root = Files.createDirectories(directory.resolve("a checkout")).toRealPath();
        Path original = Path.of("").toAbsolutePath();
        while (!Files.exists(original.resolve("parley"))) {
            original = original.resolve("..").normalize();
        }
        copy(original.resolve("parley"), root.resolve("parley"));
        Files.createDirectories(root.resolve("build-support"));
        for (String part : List.of("jdk.sh", "build.sh")) {
            copy(original.resolve("build-support/" + part), root.resolve("build-support/" + part));
        }
        Files.writeString(root.resolve("pom.xml"), "");
        Files.createDirectories(root.resolve("cli/src/main"));
        Files.writeString(root.resolve("cli/src/main/A.java"), "");

        tools = Files.createDirectories(directory.resolve("tools"));
        for (String tool : TOOLS) {
            Files.createSymbolicLink(tools.resolve(tool), found(tool));
        }
        jdk = Files.createDirectories(directory.resolve("a jdk"));
        Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"25.0.3\"\n");
        script(jdk.resolve("bin/java"), "for one in \"$@\"; do echo \"$one\"; done");
        script(jdk.resolve("bin/javac"), "exit 1");
        script(
                tools.resolve("mvn"),
                "echo called >>calls; mkdir -p cli/target/lib; [ ! -e broken ] || { echo '[ERROR] bad';"
                        + " exit 1; }");
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.copy(from, to);
        Files.setPosixFilePermissions(to, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static void script(Path file, String text) throws IOException {
        Files.createDirectories(file.resolveSibling("."));
        Files.writeString(file, "#!/bin/sh\n" + text + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static Path found(String tool) {
        return Stream.of("/bin", "/usr/bin")
                .map(place -> Path.of(place, tool))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow();
    }

    private Cli.Result run(Path launcher, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(launcher.toString());
        command.addAll(List.of(arguments));
        Path out = directory.resolve("out");
        Path err = directory.resolve("err");
        ProcessBuilder builder = new ProcessBuilder(command).directory(Path.of("/").toFile());
        builder.environment().clear();
        builder.environment().put("PATH", tools.toString());
        builder.environment().put("HOME", directory.toString());
        builder.environment().put("PARLEY_JDK_SEARCH", "");
        builder.environment().put("PARLEY_JAVA_HOME", jdk.toString());
        Process process = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return new Cli.Result(process.exitValue(), Files.readString(out), Files.readString(err));
    }

    private long builds() throws IOException {
        Path calls = root.resolve("calls");
        return Files.exists(calls) ? Files.readAllLines(calls).size() : 0;
    }

    @Test
    void worksThroughALinkFromElsewhereWithSpacesInItsPath() throws Exception {
        Path first = directory.resolve("first link");
        Files.createSymbolicLink(first, root.resolve("parley"));
        Path second = directory.resolve("second");
        Files.createSymbolicLink(second, Path.of("first link"));
        Cli.Result result = run(second, "queue", "publish", "q", "two words");
        assertThat(result.code()).as(result.err()).isZero();
        assertThat(result.out().lines())
                .contains(root + "/cli/target/lib/*")
                .endsWith("dev.parley.cli.Main", "queue", "publish", "q", "two words");
    }

    @Test
    void buildsOnlyWhatHasChanged() throws Exception {
        assertThat(run(root.resolve("parley"), "version").err()).contains("building", "done");
        Cli.Result second = run(root.resolve("parley"), "version");
        assertThat(second.err()).isEmpty();
        assertThat(builds()).isEqualTo(1);

        Path archive = Files.writeString(root.resolve("target/parley-tool.jsa"), "of old classes");
        FileTime past = FileTime.from(Instant.now().minusSeconds(60));
        Files.setLastModifiedTime(root.resolve("target/parley.built"), past);
        assertThat(run(root.resolve("parley"), "version").code()).isZero();
        assertThat(builds()).isEqualTo(2);
        assertThat(archive).doesNotExist();
    }

    @Test
    void aBuildThatFailsSaysSo() throws Exception {
        Files.writeString(root.resolve("broken"), "");
        Cli.Result result = run(root.resolve("parley"), "version");
        assertThat(result.code()).isEqualTo(1);
        assertThat(result.out()).isEmpty();
        assertThat(result.err()).contains("failed", "[ERROR] bad", "build.log");
        assertThat(root.resolve("target/parley.lock")).doesNotExist();
    }

    @Test
    void aLockWhoseHolderIsGoneHoldsNobodyUp() throws Exception {
        Process gone = new ProcessBuilder("true").start();
        assertThat(gone.waitFor(60, TimeUnit.SECONDS)).isTrue();
        Path lock = Files.createDirectories(root.resolve("target/parley.lock"));
        Files.writeString(lock.resolve("pid"), gone.pid() + "\n");
        Cli.Result result = run(root.resolve("parley"), "version");
        assertThat(result.code()).as(result.err()).isZero();
        assertThat(result.err()).doesNotContain("waiting");
        assertThat(lock).doesNotExist();
        assertThat(builds()).isEqualTo(1);
    }

    @Test
    void saysInOneLineWhatToInstall() throws Exception {
        Files.delete(tools.resolve("mvn"));
        Cli.Result noMaven = run(root.resolve("parley"), "version");
        assertThat(noMaven.code()).isEqualTo(1);
        assertThat(noMaven.err().lines()).hasSize(1);
        assertThat(noMaven.err()).contains("Maven", "install");

        Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"17.0.1\"\n");
        Cli.Result noJdk = run(root.resolve("parley"), "version");
        assertThat(noJdk.code()).isEqualTo(1);
        assertThat(noJdk.err().lines()).hasSize(1);
        assertThat(noJdk.err()).contains("JDK 25", "install");
    }
}
