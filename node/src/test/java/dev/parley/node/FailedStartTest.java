package dev.parley.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.parley.core.log.CorruptLogException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A start that fails leaves nothing behind: no thread, and the directory to the next.
@Timeout(60)
class FailedStartTest {
    @TempDir Path directory;

    @SuppressWarnings("NullAway") // JUnit sets the directory.
    FailedStartTest() {}

    private Config config() {
        return Config.embedded(directory);
    }

    private static List<Thread> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("parley-"))
                .toList();
    }

    private void expectNothingLeft(List<Thread> before) {
        // Netty says that its loop has ended a moment before the loop's thread is gone.
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(threads()).isSubsetOf(before));
        assertThat(System.getProperties().stringPropertyNames())
                .noneMatch(name -> name.endsWith(directory.getFileName().toString()));
    }

    private Path newest(String prefix) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.getFileName().toString().startsWith(prefix))
                    .max(Path::compareTo)
                    .orElseThrow();
        }
    }

    private static void damage(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[40] ^= 4;
        Files.write(file, bytes);
    }

    @Test
    void aDirectoryThatIsDamaged() throws IOException {
        Node.start(config()).close();
        List<Thread> before = threads();
        damage(directory.resolve("parley.log"));
        assertThatThrownBy(() -> Node.start(config())).isInstanceOf(CorruptLogException.class);
        expectNothingLeft(before);
    }

    /// By then the log's threads run.
    @Test
    void aCatalogThatIsDamaged() throws IOException {
        Node.start(config()).close();
        List<Thread> before = threads();
        Path catalog = newest("snapshot-0000-");
        damage(catalog);
        assertThatThrownBy(() -> Node.start(config())).isInstanceOf(CorruptLogException.class);
        expectNothingLeft(before);
        damage(catalog);
        Node.start(config()).close();
        expectNothingLeft(before);
    }

    @Test
    void whatWasOpenedLastIsClosedFirstAndAllOfItIs() {
        List<String> closed = new ArrayList<>();
        Opened opened = new Opened();
        opened.add(() -> closed.add("first"));
        opened.add(() -> {
            throw new IOException("no");
        });
        opened.add(() -> closed.add("last"));
        opened.close();
        assertThat(closed).containsExactly("last", "first");
        opened.close();
        assertThat(closed).hasSize(2);
    }
}
