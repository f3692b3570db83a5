package dev.parley.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Jazzer, guided by what the code under test does, against everything that reads bytes of others:
/// a bounded run from the seeds in the repository, always with the same random numbers. What it
/// finds is a fault.
///
/// `./dev fuzz [TARGET] [SECONDS]` runs longer, with other random numbers each time, and goes on
/// from what it came to before.
class FuzzIT {
    private static final int SECONDS = 5;

    /// A run that came to less was none.
    private static final int LEAST = 100;

    private static final Pattern DONE = Pattern.compile("Done (\\d+) runs in \\d+ second");

    enum Target {
        WIRE("front", "dev.parley.front.amqp.WireFuzzTest", 10_000),
        MQTT("front", "dev.parley.front.mqtt.MqttFuzzTest", 10_000),
        FIELDS("core", "dev.parley.core.message.FieldsFuzzTest", 200_000),
        LOG("core", "dev.parley.core.log.LogFuzzTest", 10_000),
        RECORDS("core", "dev.parley.core.queue.RecordsFuzzTest", 10_000);

        private final String module;
        private final String type;
        private final int runs;

        Target(String module, String type, int runs) {
            this.module = module;
            this.type = type;
            this.runs = runs;
        }

        String id() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @TempDir private Path directory = Path.of("");

    @ParameterizedTest
    @EnumSource
    void nothingIsFound(Target target) throws IOException {
        String asked = System.getProperty("parley.fuzz", "");
        if (!asked.isEmpty() && !asked.equals(target.id())) {
            return;
        }
        requireDriver();
        int seconds = Integer.getInteger("parley.fuzz.seconds", 0);
        Path root = root();
        Path work = Files.createDirectories(root.resolve("it/target/fuzz/" + target.id()));
        Path corpus = seconds == 0 ? directory : Files.createDirectories(work.resolve("corpus"));
        List<String> command = new ArrayList<>(jvm(root, seconds > 0));
        command.add("--target_class=" + target.type);
        command.add("--instrumentation_includes=dev.parley.**");
        command.add("--reproducer_path=" + work);
        command.add("-artifact_prefix=" + work + "/");
        command.add("-max_len=16384");
        command.add("-timeout=30");
        command.add("-rss_limit_mb=2048");
        command.add("-print_final_stats=1");
        command.add("-max_total_time=" + (seconds == 0 ? SECONDS : seconds));
        if (seconds == 0) {
            command.add("-seed=1");
            command.add("-runs=" + target.runs);
        }
        command.add(corpus.toString());
        command.add(root.resolve(target.module + "/src/test/resources/fuzz/" + target.id()) + "");
        Foreign.Result result =
                Foreign.run(command, Map.of(), Duration.ofSeconds(120 + 2L * seconds));
        Assumptions.assumeFalse(
                result.output().contains("UnsatisfiedLinkError"), this::withoutDriver);
        assertThat(result.code())
                .as("%s: the input is in %s; output:%n%s", target.id(), work, result.output())
                .isZero();
        Matcher done = DONE.matcher(result.output());
        assertThat(done.find()).as("the end of %s", result.output()).isTrue();
        int runs = Integer.parseInt(done.group(1));
        System.out.println("fuzz " + target.id() + ": " + runs + " inputs, nothing found");
        assertThat(runs).as(result.output()).isGreaterThan(LEAST);
    }

    /// @param strict whether targets that can be stricter are
    private static List<String> jvm(Path root, boolean strict) {
        String classes =
                String.join(
                        System.getProperty("path.separator"),
                        root.resolve("core/target/test-classes").toString(),
                        root.resolve("front/target/test-classes").toString(),
                        System.getProperty("java.class.path"));
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx384m",
                "-XX:+UseSerialGC",
                "-Dparley.fuzz.strict=" + strict,
                "-XX:+EnableDynamicAgentLoading",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                classes,
                "com.code_intelligence.jazzer.Jazzer");
    }

    /// Jazzer brings its native half for few platforms.
    private void requireDriver() {
        boolean arm = System.getProperty("os.arch").equals("aarch64");
        String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        String system = os.startsWith("mac") ? "macos" : os.startsWith("win") ? "windows" : "linux";
        String platform = system + "_" + (arm ? "aarch64" : "x86_64");
        String file = system.equals("linux") ? "libjazzer_driver.so" : "libjazzer_driver.dylib";
        Assumptions.assumeTrue(
                getClass()
                                .getResource(
                                        "/com/code_intelligence/jazzer/driver/jazzer_driver_"
                                                + platform
                                                + "/"
                                                + file)
                        != null,
                this::withoutDriver);
    }

    private String withoutDriver() {
        String reason =
                "fuzzing not run: Jazzer has no native library for %s on %s"
                        .formatted(System.getProperty("os.name"), System.getProperty("os.arch"));
        System.out.println(reason);
        return reason;
    }

    private static Path root() {
        Path at = Path.of("").toAbsolutePath();
        while (!Files.exists(at.resolve("dev"))) {
            at = at.resolve("..").normalize();
        }
        return at;
    }
}
