package dev.parley.it.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/// Input made to harm, on the paths that stay open: at most its own connection ends.
@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HostileHttpIT {
    private static final String KEY = "dGhlIHNhbXBsZSBub25jZQ==";
    private static final int READERS_MAX = 20;

    @SuppressWarnings("NullAway") // set before the first test
    private HttpNode node = null;

    @SuppressWarnings("NullAway")
    private Talk bystander = null;

    @BeforeAll
    void start() throws Exception {
        node = HttpNode.start("hostile-http", "--http-feeds-max", "" + READERS_MAX);
        bystander = Talk.guest(node);
        bystander.say("{'op':'subscribe','filter':'alive'}").next("subscribed");
    }

    @AfterAll
    void stop() {
        bystander.close();
        node.close();
    }

    @AfterEach
    void theBystanderIsUnharmedAndNobodyStays() throws Exception {
        node.publish("alive", "yes", false);
        assertThat(bystander.next("message").path("payload").asString()).isEqualTo("yes");
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(node.metric("parley_feed_readers")).isOne());
    }

    private Socket connect(String head) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), node.port());
        socket.setSoTimeout(30_000);
        send(socket, head.getBytes(UTF_8));
        return socket;
    }

    /// Sends it, or as much as the node wants: it may end the connection before it has all.
    private static void send(Socket socket, byte[] bytes) throws IOException {
        try {
            socket.getOutputStream().write(bytes);
        } catch (java.net.SocketException e) {
            System.out.println("sent away while it sends: " + e.getMessage());
        }
    }

    private static String upgrade(String more) {
        return "GET /v1/feed HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
                + "Connection: Upgrade\r\nAuthorization: "
                + HttpNode.GUEST
                + "\r\n"
                + more
                + "\r\n";
    }

    private static String right() {
        return upgrade("Sec-WebSocket-Key: " + KEY + "\r\nSec-WebSocket-Version: 13\r\n");
    }

    /// Everything that comes until the node closes.
    private static byte[] rest(Socket socket) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        try (socket) {
            socket.getInputStream().transferTo(all);
        } catch (java.net.SocketException e) {
            all.write(0); // a reset is an end, too
        }
        return all.toByteArray();
    }

    private byte[] after(int... frame) throws IOException {
        byte[] bytes = new byte[frame.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) frame[i];
        }
        return after(bytes);
    }

    /// What comes after these bytes were sent on a feed.
    private byte[] after(byte[] bytes) throws IOException {
        Socket socket = connect(right());
        // The handshake is answered first, or the frame would be part of it.
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(ISO_8859_1).contains("\"op\":\"welcome\"")) {
            int next = socket.getInputStream().read();
            assertThat(next).as(head.toString(ISO_8859_1)).isNotNegative();
            head.write(next);
        }
        send(socket, bytes);
        return rest(socket);
    }

    private static void closesWith(byte[] rest, int code) {
        assertThat(rest).as("a frame that closes").hasSizeGreaterThan(3);
        int at = 0;
        while (at < rest.length && rest[at] != (byte) 0x88) {
            at++;
        }
        assertThat(at).as("the place of a close").isLessThan(rest.length - 3);
        assertThat((rest[at + 2] & 0xFF) << 8 | rest[at + 3] & 0xFF).isEqualTo(code);
    }

    @Test
    void framesThatBreakTheRules() throws IOException {
        closesWith(after(0x81, 0x02, '{', '}'), 1002); // not masked
        closesWith(after(0xC1, 0x80, 0, 0, 0, 0), 1002); // a reserved bit
        closesWith(after(0x83, 0x80, 0, 0, 0, 0), 1002); // a kind that there is not
        closesWith(after(0x80, 0x80, 0, 0, 0, 0), 1002); // goes on with nothing
        closesWith(after(0x09, 0x80, 0, 0, 0, 0), 1002); // a ping in parts
        closesWith(after(0x81, 0xFF, 0x7F, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4), 1009); // huge
        closesWith(after(0x81, 0x81, 0, 0, 0, 0, 0xFF), 1007); // no UTF-8
        closesWith(after(0x82, 0x81, 0, 0, 0, 0, 0xFF), 1003); // binary
    }

    @Test
    void partsWithoutAnEnd() throws IOException {
        ByteArrayOutputStream frames = new ByteArrayOutputStream();
        byte[] part = new byte[60_000];
        for (int i = 0; i < 40; i++) {
            frames.write(i == 0 ? 0x01 : 0x00);
            frames.write(0xFE);
            frames.write(part.length >> 8);
            frames.write(part.length & 0xFF);
            frames.writeBytes(new byte[4]);
            frames.writeBytes(part);
        }
        closesWith(after(frames.toByteArray()), 1009);
    }

    @Test
    void handshakesThatAreNone() throws IOException {
        for (String head :
                new String[] {
                    upgrade(""),
                    upgrade("Sec-WebSocket-Key: x\r\nSec-WebSocket-Version: 99\r\n"),
                    upgrade("Sec-WebSocket-Version: 13\r\n"),
                    upgrade(
                            "Sec-WebSocket-Key: "
                                    + KEY
                                    + "\r\nSec-WebSocket-Version: 13\r\n"
                                    + "Sec-WebSocket-Protocol: mqtt\r\n"),
                    right().replace("GET", "PUT"),
                    right().replace("/v1/feed", "/v1/topics/x/events/y"),
                    right().replace("/v1/feed", "/v1/status"),
                }) {
            try (Socket socket = connect(head)) {
                socket.shutdownOutput();
                String answer = new String(rest(socket), ISO_8859_1);
                assertThat(answer).as(head).doesNotContain("101 Switching");
            }
        }
    }

    @Test
    void requestsThatAreNone() throws IOException {
        String auth = "Authorization: " + HttpNode.GUEST + "\r\n";
        for (String head :
                new String[] {
                    "GET /v1/topics/" + "a".repeat(5_000) + "/events HTTP/1.1\r\n" + auth + "\r\n",
                    "GET /v1/topics/%zz/events HTTP/1.1\r\n" + auth + "\r\n",
                    "GET /v1/topics/%00/events HTTP/1.1\r\n" + auth + "\r\n",
                    "GET /v1/topics/" + "%2F".repeat(100) + "/events HTTP/1.1\r\n" + auth + "\r\n",
                    "GET /v1/topics/x/events?access_token=%F0%9F HTTP/1.1\r\n\r\n",
                    "GET /v1/topics/x/events HTTP/1.1\r\nAuthorization: Bearer\r\n\r\n",
                    "GET /v1/topics/x/events HTTP/1.1\r\nX: " + "y".repeat(20_000) + "\r\n\r\n",
                }) {
            try (Socket socket = connect(head)) {
                socket.shutdownOutput();
                assertThat(new String(rest(socket), ISO_8859_1))
                        .as(head.substring(0, 40))
                        .doesNotContain("200 OK");
            }
        }
    }

    @Test
    void aReaderThatGoesOnAskingGetsNoOtherAnswer() throws IOException {
        String ask =
                "GET /v1/topics/x/events HTTP/1.1\r\nAuthorization: " + HttpNode.GUEST + "\r\n\r\n";
        try (Socket socket = connect(ask.repeat(50))) {
            byte[] first = socket.getInputStream().readNBytes(15);
            assertThat(new String(first, ISO_8859_1)).isEqualTo("HTTP/1.1 200 OK");
        }
    }

    private static int answers(String rest) {
        return rest.split("HTTP/1.1 200 OK", -1).length - 1;
    }

    @Test
    void whoAsksAheadAndReadsLateGetsAllAnswers() throws IOException {
        String large = "GET /v1/openapi.json HTTP/1.1\r\n\r\n";
        String end = "GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n";
        try (Socket socket = connect(large.repeat(100) + end)) {
            String all = new String(rest(socket), ISO_8859_1);
            assertThat(answers(all)).isEqualTo(101);
            assertThat(all).endsWith("ok\n");
        }
    }

    @Test
    void whoAsksFarAheadIsAnsweredOrSentAway() throws IOException {
        String login = "GET /v1/status HTTP/1.1\r\nAuthorization: " + HttpNode.GUEST + "\r\n\r\n";
        String end = "GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n";
        String small = "GET /healthz HTTP/1.1\r\n\r\n";
        try (Socket socket = connect(login + small.repeat(20_000) + end)) {
            assertThat(answers(new String(rest(socket), ISO_8859_1))).isLessThanOrEqualTo(20_002);
        }
    }

    @Test
    void largeBodiesNeedALogin() throws IOException {
        String head = "POST /v1/tokens HTTP/1.1\r\nContent-Length: 100000\r\n";
        try (Socket socket = connect(head + "\r\n")) {
            assertThat(new String(rest(socket), ISO_8859_1))
                    .startsWith("HTTP/1.1 401")
                    .containsIgnoringCase("www-authenticate: basic");
        }
        try (Socket socket = connect(head.replace("100000", "many") + "\r\n")) {
            byte[] first = socket.getInputStream().readNBytes(12);
            assertThat(new String(first, ISO_8859_1)).isEqualTo("HTTP/1.1 400");
        }
        for (String made : List.of("x", "Bearer x", "Basic Z3Vlc3Q6eA==")) {
            String login = "Authorization: " + made + "\r\n\r\n" + "x".repeat(10_000);
            for (String api : List.of("/v1/tokens", "/api/definitions")) {
                try (Socket socket = connect(head.replace("/v1/tokens", api) + login)) {
                    byte[] first = socket.getInputStream().readNBytes(12);
                    assertThat(new String(first, ISO_8859_1)).isEqualTo("HTTP/1.1 401");
                }
            }
        }
        String login = head.replace("100000", "30000000") + "Authorization: x\r\n\r\n";
        try (Socket socket = connect(login)) {
            assertThat(new String(rest(socket), ISO_8859_1)).startsWith("HTTP/1.1 413");
        }
    }

    @Test
    void moreReadersThanThereMayBe() throws Exception {
        List<Events> readers = new ArrayList<>();
        try {
            int refused = 0;
            for (int i = 0; i < 2 * READERS_MAX; i++) {
                Events reader = node.reader(HttpNode.events("x"));
                readers.add(reader);
                refused += reader.status() == 503 ? 1 : 0;
            }
            assertThat(refused).isEqualTo(READERS_MAX + 1); // the bystander is one, too
        } finally {
            for (Events reader : readers) {
                reader.close();
            }
        }
    }

    @Test
    void noise() throws IOException {
        long seed = Long.getLong("parley.feeds.seed", 5);
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        for (int i = 0; i < 200; i++) {
            byte[] noise = new byte[1 + random.nextInt(200)];
            random.nextBytes(noise);
            try (Socket socket = connect(right())) {
                byte[] first = socket.getInputStream().readNBytes(12);
                assertThat(new String(first, ISO_8859_1)).isEqualTo("HTTP/1.1 101");
                send(socket, noise);
            }
        }
    }
}
