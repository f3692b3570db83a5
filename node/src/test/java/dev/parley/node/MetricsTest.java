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

/// What a node counts goes on counting.
@Timeout(60)
class MetricsTest {

    @TempDir Path directory;

    @Test
    void countersOutliveACollection() throws Exception {
        Config quiet = Config.embedded(directory.resolve("data"));
        Config config =
                new Config(quiet.data(), quiet.bind(), -1, 0, quiet.log(), quiet.amqp(), null);
        try (Parley parley = Parley.start(config);
                HttpClient client = HttpClient.newHttpClient()) {
            int port = parley.node().httpPort();
            Queue<String> queue = parley.queue("orders", String.class);
            queue.send("coffee");
            double before = syncs(client, port);
            assertThat(before).isPositive();
            System.gc();
            queue.send("tea");
            assertThat(syncs(client, port)).isGreaterThan(before);
        }
    }

    private static double syncs(HttpClient client, int port) throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + port + "/metrics");
        HttpRequest request = HttpRequest.newBuilder(uri).build();
        String text = client.send(request, HttpResponse.BodyHandlers.ofString()).body();
        Matcher line = Pattern.compile("(?m)^parley_disk_syncs_total (\\S+)").matcher(text);
        assertThat(line.find()).isTrue();
        return Double.parseDouble(line.group(1));
    }
}
