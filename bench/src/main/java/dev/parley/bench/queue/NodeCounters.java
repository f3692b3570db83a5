package dev.parley.bench.queue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/// What a Parley node has counted since it started, from its `/metrics`.
///
/// Asked for before and after a run only: the question itself costs the node a few milliseconds.
///
/// @param allocated bytes on the heap of all its threads
record NodeCounters(double syncs, double confirmed, double published, double allocated) {

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    static NodeCounters read(String address) throws IOException, InterruptedException {
        var uri = URI.create("http://" + address + "/metrics");
        var request = HttpRequest.newBuilder(uri).timeout(PATIENCE).build();
        try (var client = HttpClient.newHttpClient()) {
            return parse(client.send(request, HttpResponse.BodyHandlers.ofString()).body());
        }
    }

    /// From Prometheus' text; what is missing is not a number.
    static NodeCounters parse(String text) {
        Map<String, Double> values = new HashMap<>();
        for (String line : text.lines().toList()) {
            int space = line.lastIndexOf(' ');
            if (space > 0 && !line.startsWith("#")) {
                values.put(line.substring(0, space), Double.valueOf(line.substring(space + 1)));
            }
        }
        return new NodeCounters(
                values.getOrDefault("parley_disk_syncs_total", Double.NaN),
                values.getOrDefault("parley_amqp_confirmed_total", Double.NaN),
                values.getOrDefault("parley_amqp_published_total", Double.NaN),
                values.getOrDefault("parley_heap_allocated_total", Double.NaN));
    }

    NodeCounters since(NodeCounters before) {
        return new NodeCounters(
                syncs - before.syncs,
                confirmed - before.confirmed,
                published - before.published,
                allocated - before.allocated);
    }
}
