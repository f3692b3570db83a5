package dev.parley.it.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.it.http.Events.Event;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/// Streams as events: history, then what comes, and going on where one was.
@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StreamEventsTest {
    @SuppressWarnings("NullAway") // set before the first test
    private HttpNode node = null;

    @BeforeAll
    void start() {
        node = HttpNode.start("stream-events");
    }

    @AfterAll
    void stop() {
        node.close();
    }

    private void declare(String name, String more) throws IOException {
        node.must("PUT", "/v1/streams/" + name, "{\"subjects\": [\"" + name + "/#\"]" + more + "}");
    }

    private static String path(String name, String query) {
        return "/v1/streams/" + name + "/events" + query;
    }

    private Events again(String name, String last) throws IOException {
        List<String> lines = List.of("Authorization: " + HttpNode.GUEST, "Last-Event-ID: " + last);
        return new Events(node.port(), path(name, "?offset=first"), lines, 0);
    }

    @Test
    void historyComesAndThenWhatIsPublished() throws Exception {
        declare("log", "");
        for (int i = 0; i < 100; i++) {
            node.publish("log/" + i % 3, "" + i, false);
        }
        String last = "";
        try (Events reader = node.reader(path("log", "?offset=first"))) {
            for (int i = 0; i < 120; i++) {
                if (i >= 100) {
                    node.publish("log/" + i % 3, "" + i, false);
                }
                Event event = reader.next();
                assertThat(event.json().path("payload").asString()).isEqualTo("" + i);
                assertThat(event.json().path("topic").asString()).isEqualTo("log/" + i % 3);
                assertThat(event.json().path("time").asLong()).isPositive();
                assertThat(event.id()).endsWith("-" + i);
                last = event.id();
            }
        }
        node.publish("log/x", "meanwhile", false);
        node.node().kill();
        node.node().restart();
        try (Events reader = again("log", last)) {
            assertThat(reader.message().path("payload").asString()).isEqualTo("meanwhile");
            node.publish("log/x", "live", false);
            assertThat(reader.message().path("payload").asString()).isEqualTo("live");
        }
        try (Events reader = node.reader(path("log", "?offset=last"))) {
            assertThat(reader.message().path("payload").asString()).isEqualTo("live");
        }
        try (Events reader = node.reader(path("log", "?offset=7"))) {
            assertThat(reader.message().path("payload").asString()).isEqualTo("7");
        }
    }

    @Test
    void whatIsKeptNoMoreIsTold() throws Exception {
        declare("short", ", \"max_messages\": 10");
        String first = "";
        try (Events reader = node.reader(path("short", "?offset=first"))) {
            node.publish("short/a", "0", false);
            first = reader.next().id();
        }
        for (int i = 1; i < 50; i++) {
            node.publish("short/a", "" + i, false);
        }
        try (Events reader = again("short", first)) {
            Event missed = reader.next();
            assertThat(missed.name()).isEqualTo("missed");
            long count = missed.json().path("count").asLong();
            assertThat(count).isPositive();
            assertThat(reader.message().path("payload").asString()).isEqualTo("" + (count + 1));
        }
    }

    @Test
    void anotherHistoryOfTheNameIsTold() throws Exception {
        declare("again", "");
        node.publish("again/a", "old", false);
        String last = "";
        try (Events reader = node.reader(path("again", "?offset=first"))) {
            last = reader.next().id();
            node.must("DELETE", "/v1/streams/again", "");
            assertThat(reader.next().name()).isEqualTo("ended");
            assertThatThrownBy(reader::next).isInstanceOf(IOException.class);
        }
        declare("again", "");
        node.publish("again/a", "new", false);
        try (Events reader = again("again", last)) {
            Event missed = reader.next();
            assertThat(missed.name()).isEqualTo("missed");
            assertThat(missed.json().has("epoch")).isTrue();
            assertThat(reader.message().path("payload").asString()).isEqualTo("new");
        }
    }

    /// As it looks after a backup was restored.
    @Test
    void anEndThatCameBackIsTold() throws Exception {
        declare("back", "");
        node.publish("back/a", "0", false);
        String first;
        try (Events reader = node.reader(path("back", "?offset=first"))) {
            first = reader.next().id();
        }
        try (Events reader = again("back", first.replace("-0", "-4000"))) {
            Event missed = reader.next();
            assertThat(missed.name()).isEqualTo("missed");
            assertThat(missed.json().path("next").asInt(-1)).isEqualTo(1);
            node.publish("back/a", "1", false);
            assertThat(reader.next().id()).isEqualTo(first.replace("-0", "-1"));
        }
        try (Events reader = again("back", first)) {
            assertThat(reader.next().id()).isEqualTo(first.replace("-0", "-1"));
        }
    }

    @Test
    void anIdThatWasNeverGivenIsTold() throws Exception {
        declare("strange", "");
        node.publish("strange/a", "0", false);
        for (String id : List.of("what", "17", "1700000000000-3", "9".repeat(30) + "-1")) {
            try (Events reader = again("strange", id)) {
                Event missed = reader.next();
                assertThat(missed.name()).as(id).isEqualTo("missed");
                assertThat(missed.json().has("epoch")).as(id).isTrue();
                assertThat(reader.message().path("payload").asString()).as(id).isEqualTo("0");
            }
        }
    }

    @Test
    void aSlowReaderMissesNothing() throws Exception {
        declare("slow", "");
        List<String> lines = List.of("Authorization: " + HttpNode.GUEST);
        List<Integer> got = new ArrayList<>();
        String padding = " ".repeat(16 << 10);
        try (Events reader = new Events(node.port(), path("slow", "?offset=next"), lines, 4 << 10);
                Talk publisher = Talk.guest(node)) {
            assertThat(reader.raw()).startsWith("retry");
            for (int i = 0; i < 1_000; i++) {
                publisher
                        .say(
                                "{'op':'publish','id':1,'topic':'slow/a','payload':'%s%d'}"
                                        .formatted(padding, i))
                        .next("ack");
            }
            while (got.size() < 1_000) {
                got.add(Integer.valueOf(reader.message().path("payload").asString().strip()));
            }
        }
        for (int i = 0; i < 1_000; i++) {
            assertThat(got.get(i)).isEqualTo(i);
        }
    }

    @Test
    void whoMayRead() throws Exception {
        declare("mine", "");
        node.addUser("reader", "pear", "^mine$", "^$");
        String reader = HttpNode.basic("reader", "pear");
        String guest = HttpNode.GUEST;
        assertThat(node.status("HEAD", path("mine", ""), "Authorization", reader)).isEqualTo(200);
        declare("yours", "");
        assertThat(node.status("HEAD", path("yours", ""), "Authorization", reader)).isEqualTo(403);
        assertThat(node.status("HEAD", path("mine", ""))).isEqualTo(401);
        assertThat(node.status("HEAD", path("none", ""), "Authorization", guest)).isEqualTo(404);
        assertThat(node.status("GET", path("mine", "?offset=x"), "Authorization", guest))
                .isEqualTo(400);
        String token = node.token(reader, List.of("$stream/mine"), 60);
        assertThat(node.status("HEAD", path("mine", "?access_token=" + token))).isEqualTo(200);
        String other = node.token(guest, List.of("#"), 60);
        assertThat(node.status("HEAD", path("mine", "?access_token=" + other))).isEqualTo(403);
    }
}
