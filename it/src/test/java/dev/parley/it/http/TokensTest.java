package dev.parley.it.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/// Tokens for browsers: what they permit, and what makes them worthless.
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TokensTest {
    private static final String BODY = "{\"body\": \"x\"}";

    @SuppressWarnings("NullAway") // set before the first test
    private HttpNode node = null;

    @BeforeAll
    void start() {
        node = HttpNode.start("tokens");
    }

    @AfterAll
    void stop() {
        node.close();
    }

    private int read(String filter, String token) throws IOException {
        return node.status("HEAD", HttpNode.events(filter) + "?access_token=" + token);
    }

    private int publish(String topic, String token) throws IOException {
        String path = "/v1/topics/" + HttpNode.part(topic) + "/messages";
        return node.ask("POST", path, BODY, "Authorization", "Bearer " + token).statusCode();
    }

    @Test
    void aTokenPermitsWhatItSaysAndNoMore() throws Exception {
        String token = node.token(HttpNode.GUEST, List.of("shop/+/orders", "news/#"), 60);
        assertThat(read("shop/1/orders", token)).isEqualTo(200);
        assertThat(read("shop/+/orders", token)).isEqualTo(200);
        assertThat(read("news/#", token)).isEqualTo(200);
        assertThat(read("news/+/x", token)).isEqualTo(200);
        assertThat(read("shop/#", token)).isEqualTo(403);
        assertThat(read("shop/1/2/orders", token)).isEqualTo(403);
        assertThat(read("#", token)).isEqualTo(403);
        assertThat(publish("shop/1/orders", token)).isEqualTo(201);
        assertThat(publish("shop/1/prices", token)).isEqualTo(403);
        try (Talk talk = new Talk(node, "?access_token=" + token)) {
            assertThat(talk.next("welcome").path("expires").asLong()).isPositive();
            talk.say("{'op':'subscribe','filter':'shop/#'}");
            assertThat(talk.next("error").path("code").asString()).isEqualTo("denied");
            talk.say("{'op':'publish','topic':'elsewhere','payload':''}");
            assertThat(talk.next("error").path("code").asString()).isEqualTo("denied");
            talk.say("{'op':'publish','id':1,'topic':'news/a','payload':''}").next("ack");
        }
    }

    @Test
    void aTokenIsForTopicsOnly() throws Exception {
        String token = node.token(HttpNode.GUEST, List.of("#"), 60);
        String bearer = "Bearer " + token;
        assertThat(node.status("GET", "/v1/status", "Authorization", bearer)).isEqualTo(401);
        assertThat(node.status("GET", "/v1/nowhere", "Authorization", bearer)).isEqualTo(401);
        assertThat(node.status("GET", "/v1/status?access_token=" + token)).isEqualTo(401);
        assertThat(node.status("GET", "/api/overview", "Authorization", bearer)).isEqualTo(401);
        assertThat(node.askToken(bearer, List.of("a"), List.of(), 60).statusCode()).isEqualTo(401);
        String path = "/v1/topics/a/messages";
        assertThat(node.ask("POST", path + "?access_token=" + token, BODY).statusCode())
                .isEqualTo(401);
        assertThat(node.ask("POST", path + "?vhost=x", BODY, "Authorization", bearer).statusCode())
                .isEqualTo(403);
    }

    @Test
    void aForgedTokenIsNone() throws Exception {
        String token = node.token(HttpNode.GUEST, List.of("a"), 60);
        assertThat(read("a", token)).isEqualTo(200);
        int dot = token.indexOf('.');
        String said = new String(Base64.getUrlDecoder().decode(token.substring(0, dot)), UTF_8);
        String more =
                Base64.getUrlEncoder()
                        .withoutPadding()
                        .encodeToString(said.replace("\"a\"", "\"#\"").getBytes(UTF_8));
        assertThat(read("a", more + token.substring(dot))).isEqualTo(401);
        assertThat(read("a", token.substring(0, dot))).isEqualTo(401);
        assertThat(read("a", token.substring(0, dot + 1))).isEqualTo(401);
        char last = token.charAt(dot + 5) == 'A' ? 'B' : 'A';
        String other = token.substring(0, dot + 5) + last + token.substring(dot + 6);
        assertThat(read("a", other)).isEqualTo(401);
        assertThat(read("a", "x".repeat(3_000))).isEqualTo(401);
        assertThat(read("a", "")).isEqualTo(401);
    }

    @Test
    void whatATokenCannotBe() throws Exception {
        String guest = HttpNode.GUEST;
        assertThat(node.askToken(guest, List.of(), List.of(), 60).statusCode()).isEqualTo(400);
        assertThat(node.askToken(guest, List.of("a/#/b"), List.of(), 60).statusCode())
                .isEqualTo(400);
        assertThat(node.askToken(guest, List.of("a"), List.of(), 86_401).statusCode())
                .isEqualTo(400);
        assertThat(node.askToken(guest, List.of("a"), List.of(), 0).statusCode()).isEqualTo(400);
        assertThat(
                        node.askToken(
                                        guest,
                                        List.of("x".repeat(1_024), "y".repeat(1_024)),
                                        List.of(),
                                        9)
                                .statusCode())
                .isEqualTo(400);
        assertThat(node.ask("POST", "/v1/tokens", "{\"subscribe\": [\"a\"]}").statusCode())
                .isEqualTo(401);
        node.must("PUT", "/v1/users/outside", "{\"password\": \"pear\"}");
        String outside = HttpNode.basic("outside", "pear");
        assertThat(node.askToken(outside, List.of("a"), List.of(), 60).statusCode()).isEqualTo(403);
    }

    @Test
    void readersAreToldWhenTheirTokenExpires() throws Exception {
        String token = node.token(HttpNode.GUEST, List.of("soon/#"), 6);
        String path = HttpNode.events("soon/a") + "?access_token=" + token;
        try (Events reader = new Events(node.port(), path, List.of("Accept: */*"), 0);
                Talk talk = new Talk(node, "?access_token=" + token)) {
            talk.next("welcome");
            assertThat(reader.next().name()).isEqualTo("expired");
            assertThatThrownBy(reader::next).isInstanceOf(IOException.class);
            talk.next("expired");
            assertThat(talk.closedWith()).isEqualTo(4001);
        }
        assertThat(read("soon/a", token)).isEqualTo(401);
    }

    @Test
    void aNewPasswordMakesTokensWorthless() throws Exception {
        node.addUser("ann", "pear", ".*", ".*");
        String token = node.token(HttpNode.basic("ann", "pear"), List.of("a"), 60);
        assertThat(read("a", token)).isEqualTo(200);
        String path = HttpNode.events("a") + "?access_token=" + token;
        try (Events reader = new Events(node.port(), path, List.of("Accept: */*"), 0)) {
            node.must("PATCH", "/v1/users/ann", "{\"password\": \"plum\"}");
            assertThat(reader.next().name()).isEqualTo("expired");
        }
        assertThat(read("a", token)).isEqualTo(401);
        String next = node.token(HttpNode.basic("ann", "plum"), List.of("a"), 60);
        assertThat(read("a", next)).isEqualTo(200);
        node.must("DELETE", "/v1/users/ann", "");
        assertThat(read("a", next)).isEqualTo(401);
    }

    @Test
    void readersEndWithTheirPermission() throws Exception {
        node.addUser("bob", "pear", ".*", ".*");
        String login = "Authorization: " + HttpNode.basic("bob", "pear");
        String topics = "/v1/users/bob/topic-permissions/%2F/amq.topic";
        try (Events reader = new Events(node.port(), HttpNode.events("a/b"), List.of(login), 0);
                Events other = new Events(node.port(), HttpNode.events("c"), List.of(login), 0)) {
            assertThat(reader.status()).isEqualTo(200);
            node.must("PUT", topics, "{\"write\": \"\", \"read\": \"^c\"}");
            assertThat(reader.next().name()).isEqualTo("expired");
            node.publish("c", "still", false);
            assertThat(other.next().name()).isEqualTo("message");
            node.must("DELETE", "/v1/users/bob/permissions/%2F", "");
            assertThat(other.next().name()).isEqualTo("expired");
        }
    }

    @Test
    void aBodyThatIsATreeIsNone() throws Exception {
        String many = "{\"subscribe\": [" + "[],".repeat(10_000) + "[]]}";
        assertThat(
                        node.ask("POST", "/v1/tokens", many, "Authorization", HttpNode.GUEST)
                                .statusCode())
                .isEqualTo(400);
        assertThat(
                        node.ask(
                                        "POST",
                                        "/v1/tokens",
                                        many.repeat(3),
                                        "Authorization",
                                        HttpNode.GUEST)
                                .statusCode())
                .isEqualTo(413);
        String more = "{\"body\": [" + "[],".repeat(60_000) + "[]]}";
        assertThat(
                        node.ask(
                                        "POST",
                                        "/v1/topics/a/messages",
                                        more,
                                        "Authorization",
                                        HttpNode.GUEST)
                                .body())
                .contains("no JSON");
    }

    @Test
    void aTokenOutlivesTheNodeAndIsWrittenNowhere() throws Exception {
        try (HttpNode other = HttpNode.start("tokens-stay")) {
            String token = other.token(HttpNode.GUEST, List.of("a"), 600);
            other.node().kill();
            other.node().restart();
            String query = "?access_token=" + token;
            assertThat(other.status("HEAD", HttpNode.events("a") + query)).isEqualTo(200);
            assertThat(other.status("POST", HttpNode.events("a") + query)).isEqualTo(405);
            assertThat(other.status("HEAD", HttpNode.events("b") + query)).isEqualTo(403);
            assertThat(other.node().errors()).doesNotContain(token.substring(0, 20));
        }
    }
}
