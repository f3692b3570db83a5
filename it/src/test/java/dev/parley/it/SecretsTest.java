package dev.parley.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.read.ListAppender;
import com.rabbitmq.client.Connection;
import dev.parley.front.amqp.AmqpConfig;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

/// Nothing secret is said: passwords and their hashes are in no log, in no answer and in no error,
/// wrong ones neither. The one answer that shows hashes is `/api/definitions`, to administrators.
///
/// Every password here holds the same word. What comes back in an answer or on a terminal comes to
/// who sent it, but goes into histories and tickets from there.
@Timeout(180)
class SecretsTest {
    private static final String WORD = "s3cret";

    private final List<String> told = new ArrayList<>();

    @Test
    void neitherLogsNorAnswersHoldPasswordsOrHashes() throws Exception {
        Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        Logger product = (Logger) LoggerFactory.getLogger("dev.parley");
        ListAppender<ILoggingEvent> seen = new ListAppender<>();
        seen.start();
        root.addAppender(seen);
        product.setLevel(Level.TRACE);
        List<String> secrets = new ArrayList<>(List.of(WORD));
        try (SecureNode node = SecureNode.start(AmqpConfig.DEFAULT, null)) {
            users(node);
            secrets.addAll(hashes(node));
            answers(node);
            logins(node);
        } finally {
            root.detachAppender(seen);
            product.setLevel(null);
        }
        for (ILoggingEvent event : List.copyOf(seen.list)) {
            told.add(event.getFormattedMessage());
            if (event.getThrowableProxy() != null) {
                told.add(ThrowableProxyUtil.asString(event.getThrowableProxy()));
            }
        }
        assertThat(secrets).as("the word and four hashes").hasSizeGreaterThan(4);
        assertThat(told).hasSizeGreaterThan(20);
        for (String secret : secrets) {
            assertThat(told).noneMatch(text -> text.contains(secret));
        }
    }

    private void ask(SecureNode node, String method, String path, String body) throws IOException {
        var answer = node.ask(method, path, body);
        told.add(answer.statusCode() + " " + answer.headers().map() + " " + answer.body());
    }

    /// Users made well and badly, on both interfaces.
    private void users(SecureNode node) throws IOException {
        String ann = "{\"password\": \"s3cret-ann\", \"tags\": \"administrator\"}";
        ask(node, "PUT", "/api/users/ann", ann);
        ask(node, "PUT", "/v1/users/bob", "{\"password\": \"s3cret-bob\"}");
        ask(node, "PUT", "/api/users/eve", "{\"password\": [\"s3cret\"], \"tags\": \"\"}");
        ask(node, "PUT", "/api/users/eve", "{\"password\": \"s3cret\"}");
        ask(node, "PUT", "/api/users/eve", "{\"password\": s3cret, \"tags\": \"\"}");
        ask(node, "PUT", "/api/users/eve", "{\"password_hash\": \"s3cret\", \"tags\": \"\"}");
        ask(node, "PUT", "/api/users/eve", "{\"password_hash\": {\"s3cret\": 1}, \"tags\": \"\"}");
        ask(node, "PUT", "/v1/users/eve", "{\"password\": {\"s3cret\": 1}}");
        String hash = rabbitHash("s3cret-carl");
        String carl = "{\"password_hash\": \"" + hash + "\", \"tags\": \"management\"}";
        ask(node, "PUT", "/api/users/carl", carl);
        String definitions =
                """
                {"users": [{"name": "dora", "password_hash": "%s", "tags": []},
                           {"name": "emil", "password_hash": "s3cret", "tags": []},
                           {"name": "fred", "password_hash": ["s3cret"], "tags": []}]}
                """
                        .formatted(rabbitHash("s3cret-dora"));
        ask(node, "POST", "/api/definitions", definitions);
        ask(node, "POST", "/v1/definitions", definitions);
    }

    /// As RabbitMQ writes it: four bytes of salt, and SHA-256 of them and the password.
    private static String rabbitHash(String password) {
        byte[] salt = {1, 2, 3, 4};
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(salt);
            byte[] hash = digest.digest(Cli.utf8(password));
            byte[] all = ByteBuffer.allocate(36).put(salt).put(hash).array();
            return Base64.getEncoder().encodeToString(all);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    /// What is kept of the passwords, which administrators may see here and nobody elsewhere.
    private static List<String> hashes(SecureNode node) throws IOException {
        String definitions = node.ask("GET", "/api/definitions", "").body();
        assertThat(definitions).doesNotContain(WORD);
        return JsonMapper.shared()
                .readTree(definitions)
                .path("users")
                .valueStream()
                .map(user -> user.path("password_hash").asString())
                .toList();
    }

    private void answers(SecureNode node) throws IOException {
        for (String path :
                List.of(
                        "/v1/users",
                        "/v1/users/ann",
                        "/v1/status",
                        "/v1/connections",
                        "/api/users",
                        "/api/users/carl",
                        "/api/whoami",
                        "/api/overview",
                        "/api/nodes",
                        "/api/permissions",
                        "/api/users/without-permissions",
                        "/metrics")) {
            ask(node, "GET", path, "");
        }
    }

    private void logins(SecureNode node) throws IOException {
        node.permit("ann", "/");
        node.permit("carl", "/");
        told.add(node.ask("GET", "/api/whoami", "", "carl", "s3cret-carl").body());
        told.add(node.ask("GET", "/api/whoami", "", "carl", "s3cret-wrong").body());
        told.add(node.ask("GET", "/v1/status", "", "ann", "s3cret-wrong").body());
        try (Connection open = SecureNode.connect(node.plain("ann", "s3cret-ann"))) {
            told.add(open.getServerProperties().toString());
            ask(node, "GET", "/api/connections", "");
            ask(node, "GET", "/v1/connections", "");
        }
        assertThatThrownBy(() -> SecureNode.connect(node.plain("ann", "s3cret-wrong")))
                .isInstanceOf(IOException.class)
                .satisfies(e -> told.add(String.valueOf(e)));
    }

    /// A shovel's addresses hold passwords; what is wrong with them is said without.
    @Test
    void theShovelDoesNotRepeatItsAddresses() throws Exception {
        try (SecureNode node = SecureNode.start(AmqpConfig.DEFAULT, null)) {
            String at = "127.0.0.1:" + node.node().amqpPort();
            for (String from :
                    List.of(
                            "amqp://guest:s3cret@" + at,
                            "amqp://guest:s3cret@127.0.0.1:1",
                            "amqp://guest:s3cret@" + at + "/a/b",
                            "http://guest:s3cret@" + at,
                            "amqp://guest:s3cret pass@" + at,
                            "amqp://guest:%zzs3cret@" + at,
                            "guest:s3cret@" + at)) {
                Cli.Result result =
                        Cli.alone().launch("shovel", "--from", from, "--queue", "q", "--to", from);
                assertThat(result.code()).as(from).isNotZero();
                assertThat(result.err()).as(from).isNotEmpty().doesNotContain(WORD);
                assertThat(result.out()).as(from).doesNotContain(WORD);
            }
        }
    }
}
