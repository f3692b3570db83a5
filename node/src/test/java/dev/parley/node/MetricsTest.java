package dev.parley.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.api.Queue;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What a node counts goes on counting, and asking for it costs little.
@Timeout(60)
class MetricsTest {
    /// For a text of 16 KiB and the client that asks for it: it was 23 MB once.
    private static final double GARBAGE_MAX = 8e6;

    @TempDir Path directory;

    @Test
    void countersOutliveACollection() throws Exception {
        try (Parley parley = Parley.start(config());
                HttpClient client = HttpClient.newHttpClient()) {
            int port = parley.node().httpPort();
            Queue<String> queue = parley.queue("orders", String.class);
            queue.send("coffee");
            double before = value(client, port, "disk_syncs");
            assertThat(before).isPositive();
            System.gc();
            queue.send("tea");
            assertThat(value(client, port, "disk_syncs")).isGreaterThan(before);
        }
    }

    @Test
    void anAnswerIsLittleGarbage() throws Exception {
        try (Parley parley = Parley.start(config());
                HttpClient client = HttpClient.newHttpClient()) {
            int port = parley.node().httpPort();
            value(client, port, "heap_allocated");
            double before = value(client, port, "heap_allocated");
            double after = value(client, port, "heap_allocated");
            assertThat(after - before).isLessThan(GARBAGE_MAX);
        }
    }

    private Config config() {
        Config quiet = Config.embedded(directory.resolve("data"));
        return new Config(quiet.data(), quiet.bind(), -1, 0, quiet.log(), quiet.amqp(), null);
    }

    private static double value(HttpClient client, int port, String name) throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + port + "/metrics");
        HttpRequest request = HttpRequest.newBuilder(uri).build();
        String text = client.send(request, HttpResponse.BodyHandlers.ofString()).body();
        Matcher line = Pattern.compile("(?m)^parley_" + name + "_total (\\S+)").matcher(text);
        assertThat(line.find()).isTrue();
        return Double.parseDouble(line.group(1));
    }
}
