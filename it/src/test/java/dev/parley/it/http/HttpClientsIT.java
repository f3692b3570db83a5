package dev.parley.it.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.it.Foreign;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Events and feeds with what Node.js and Python bring along.
@Timeout(120)
class HttpClientsIT {
    private static final Duration DEADLINE = Duration.ofSeconds(60);

    @Test
    void nodeJs() {
        String websocket = "--experimental-websocket";
        Foreign.require(
                "node with WebSocket",
                "Node.js 20.10 or later",
                List.of(List.of("node", websocket, "-e", "process.exit(WebSocket ? 0 : 1)")));
        try (HttpNode node = HttpNode.start("http-nodejs")) {
            ends(List.of("node", websocket, Foreign.script("js/feed.js"), node.uri("").toString()));
        }
    }

    @Test
    void python() {
        List<String> probe = List.of("python3", "-c", "import urllib.request");
        Foreign.require("python3", "python3", List.of(probe));
        try (HttpNode node = HttpNode.start("http-python")) {
            ends(List.of("python3", Foreign.script("python/events_client.py"), "" + node.port()));
        }
    }

    private static void ends(List<String> command) {
        Foreign.Result result = Foreign.run(command, Map.of(), DEADLINE);
        assertThat(result.output().strip()).isEqualTo("ok");
        assertThat(result.code()).isZero();
    }
}
