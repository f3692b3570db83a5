package dev.parley.it.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Which pages may use the node, and the pages that the node has itself.
@Timeout(60)
class OriginsTest {
    private static final String SHOP = "https://shop.example";

    @TempDir Path folder;

    private static HttpResponse<String> from(HttpNode node, String origin, String method)
            throws IOException {
        return node.ask(
                method, "/v1/status", "", "Authorization", HttpNode.GUEST, "Origin", origin);
    }

    private static String allowed(HttpResponse<String> answer) {
        return answer.headers().firstValue("Access-Control-Allow-Origin").orElse("none");
    }

    private static String credentials(HttpResponse<String> answer) {
        return answer.headers().firstValue("Access-Control-Allow-Credentials").orElse("none");
    }

    @Test
    void onlyListedPagesMayAskAndRead() throws Exception {
        try (HttpNode node = HttpNode.start("origins", "--http-origins", SHOP)) {
            HttpResponse<String> listed = from(node, SHOP, "GET");
            assertThat(listed.statusCode()).isEqualTo(200);
            assertThat(allowed(listed)).isEqualTo(SHOP);
            assertThat(credentials(listed)).isEqualTo("true");
            assertThat(listed.headers().firstValue("Vary")).contains("Origin");
            HttpResponse<String> own = from(node, "http://127.0.0.1:" + node.port(), "GET");
            assertThat(own.statusCode()).isEqualTo(200);
            assertThat(allowed(own)).isEqualTo("none");
            for (String other :
                    new String[] {
                        "https://other.example",
                        "https://shop.example.evil.example",
                        "http://shop.example",
                        "null",
                        "http://127.0.0.1:1",
                        "https://127.0.0.1:" + node.port()
                    }) {
                HttpResponse<String> refused = from(node, other, "GET");
                assertThat(refused.statusCode()).as(other).isEqualTo(403);
                assertThat(allowed(refused)).isEqualTo("none");
            }
            HttpResponse<String> preflight =
                    node.ask(
                            "OPTIONS",
                            "/v1/tokens",
                            "",
                            "Origin",
                            SHOP,
                            "Access-Control-Request-Method",
                            "POST");
            assertThat(preflight.statusCode()).isEqualTo(204);
            assertThat(allowed(preflight)).isEqualTo(SHOP);
            assertThat(preflight.headers().firstValue("Access-Control-Allow-Headers").orElse(""))
                    .contains("Authorization", "Last-Event-ID");
            HttpResponse<String> strange =
                    node.ask(
                            "OPTIONS",
                            "/v1/tokens",
                            "",
                            "Origin",
                            "https://other.example",
                            "Access-Control-Request-Method",
                            "POST");
            assertThat(strange.statusCode()).isEqualTo(403);
            assertThat(allowed(strange)).isEqualTo("none");
            HttpResponse<String> denied = node.ask("GET", "/v1/status", "", "Origin", SHOP);
            assertThat(denied.statusCode()).isEqualTo(401);
            assertThat(allowed(denied)).as("who may read why").isEqualTo(SHOP);
        }
    }

    @Test
    void whoeverListsEverybodyDoesNotMeanTheirLogins() throws Exception {
        try (HttpNode node = HttpNode.start("origins-all", "--http-origins", "*")) {
            String any = "https://any.example";
            HttpResponse<String> answer = from(node, any, "GET");
            assertThat(answer.statusCode()).as("a password counts for nothing").isEqualTo(401);
            assertThat(allowed(answer)).isEqualTo("*");
            assertThat(credentials(answer)).isEqualTo("none");
            String[] login = {"Authorization", HttpNode.GUEST, "Origin", any};
            assertThat(node.status("POST", "/api/definitions", login)).isEqualTo(401);
            assertThat(from(node, "http://127.0.0.1:" + node.port(), "GET").statusCode())
                    .as("from its own pages it does")
                    .isEqualTo(200);
            String bearer = "Bearer " + node.token(HttpNode.GUEST, List.of("a"), 60);
            String publish = "/v1/topics/a/messages";
            assertThat(
                            node.ask(
                                            "POST",
                                            publish,
                                            "{\"body\": \"x\"}",
                                            "Authorization",
                                            bearer,
                                            "Origin",
                                            any)
                                    .statusCode())
                    .isEqualTo(201);
        }
    }

    private static String asked(HttpNode node, String path, String host) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), node.port())) {
            String request =
                    "GET %s HTTP/1.1\r\n%sAuthorization: %s\r\nConnection: close\r\n\r\n"
                            .formatted(path, host, HttpNode.GUEST);
            socket.getOutputStream().write(request.getBytes(UTF_8));
            byte[] answer = socket.getInputStream().readAllBytes();
            return new String(answer, UTF_8).substring("HTTP/1.1 ".length()).substring(0, 3);
        }
    }

    /// A page may have made its own name lead here: its browser names no origin then.
    @Test
    void guestAsksForAnAddress() throws Exception {
        try (HttpNode node = HttpNode.start("origins-guest")) {
            for (String path : new String[] {"/v1/status", "/api/overview"}) {
                for (String host :
                        new String[] {"", "Host: localhost:8080\r\n", "Host: [::1]:1\r\n"}) {
                    assertThat(asked(node, path, host)).as(host).isEqualTo("200");
                }
                for (String name : new String[] {"evil.example", "127.0.0.1.evil.example:80"}) {
                    assertThat(asked(node, path, "Host: " + name + "\r\n")).isEqualTo("401");
                }
            }
        }
    }

    @Test
    void aFolderIsServed() throws Exception {
        Files.writeString(folder.resolve("index.html"), "<p>hello");
        Files.createDirectories(folder.resolve("deep/.hidden"));
        Files.writeString(folder.resolve("deep/a b.js"), "1");
        Files.writeString(folder.resolve("deep/.hidden/x.txt"), "secret");
        Files.writeString(folder.resolve(".env"), "secret");
        Path outside = Files.createTempFile("parley", ".txt");
        Files.createSymbolicLink(folder.resolve("link.txt"), outside);
        try (HttpNode node = HttpNode.start("pages", "--www", folder.toString())) {
            HttpResponse<String> index = node.ask("GET", "/", "");
            assertThat(index.body()).isEqualTo("<p>hello");
            assertThat(index.headers().firstValue("Content-Type"))
                    .contains("text/html; charset=utf-8");
            assertThat(index.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
            assertThat(node.ask("GET", "/deep/a%20b.js", "").body()).isEqualTo("1");
            assertThat(node.ask("HEAD", "/", "").body()).isEmpty();
            assertThat(node.status("POST", "/")).isEqualTo(405);
            for (String path :
                    new String[] {
                        "/.env",
                        "/deep/.hidden/x.txt",
                        "/link.txt",
                        "/deep",
                        "/deep/",
                        "/deep/..%2Findex.html",
                        "/%2e%2e/etc/passwd",
                        "//index.html"
                    }) {
                assertThat(node.status("GET", path)).as(path).isEqualTo(404);
            }
        } finally {
            Files.delete(outside);
        }
    }
}
