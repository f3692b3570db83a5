package dev.parley.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import dev.parley.front.amqp.AmqpConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/// Logins under attack, and what the logs say, and do not say, about them.
@Timeout(120)
class LoginTest {
    private static final List<String> SECRETS =
            List.of("s3cret-first", "s3cret-second", "s3cret-wrong", "s3cret-number");

    @Test
    void manyWrongPasswordsSlowDownWhoTriesThemAndNobodyElse() throws Exception {
        try (SecureNode node = SecureNode.start(AmqpConfig.DEFAULT, null);
                ExecutorService attackers = Executors.newVirtualThreadPerTaskExecutor()) {
            node.addUser("ann", "apple");
            try (Connection before = SecureNode.connect(node.plain("ann", "apple"))) {
                List<Future<Integer>> answers = new ArrayList<>();
                for (int i = 0; i < 60; i++) {
                    String guess = "guess" + i;
                    answers.add(
                            attackers.submit(() ->
                                    node.ask("GET", "/v1/status", "", "ben", guess).statusCode()));
                }
                assertConfirms(before);
                // He has come in from here before.
                try (Connection after = SecureNode.connect(node.plain("ann", "apple"))) {
                    assertConfirms(after);
                }
                for (Future<Integer> answer : answers) {
                    assertThat(answer.get()).isEqualTo(401);
                }
            }
            String metrics = node.ask("GET", "/metrics", "").body();
            assertThat(metrics).containsPattern("parley_logins_refused_total 60\\.0");
            assertThat(metrics).containsPattern("parley_logins_delayed_total [1-9]");
        }
    }

    private static void assertConfirms(Connection connection) throws Exception {
        Channel channel = connection.createChannel();
        String queue = channel.queueDeclare().getQueue();
        channel.confirmSelect();
        channel.basicPublish("", queue, null, "alive".getBytes(UTF_8));
        channel.waitForConfirmsOrDie(30_000);
        assertThat(channel.messageCount(queue)).isEqualTo(1);
    }

    /// Devices that have logged in and say nothing take no place of those who arrive.
    @Test
    void whoHasComeInMayBeSilent() throws IOException {
        List<Socket> devices = new ArrayList<>();
        try (SecureNode node = SecureNode.start(SecureNode.impatient(4), null)) {
            for (int i = 0; i < 20; i++) {
                Socket device =
                        new Socket(InetAddress.getLoopbackAddress(), node.node().mqttPort());
                devices.add(device);
                device.setSoTimeout(30_000);
                device.getOutputStream().write(hello("device-" + i));
                assertThat(device.getInputStream().readNBytes(4))
                        .as("device %d is let in", i)
                        .isEqualTo(new byte[] {0x20, 2, 0, 0});
            }
            devices.getFirst().getOutputStream().write(new byte[] {(byte) 0xC0, 0});
            assertThat(devices.getFirst().getInputStream().readNBytes(2))
                    .as("the first is still there")
                    .isEqualTo(new byte[] {(byte) 0xD0, 0});
        } finally {
            for (Socket device : devices) {
                device.close();
            }
        }
    }

    /// CONNECT of MQTT 3.1.1 as guest, with a durable session: it is attached after the read.
    private static byte[] hello(String clientId) {
        ByteBuffer packet = ByteBuffer.allocate(128);
        packet.put((byte) 0x10).put((byte) 0);
        text(packet, "MQTT");
        packet.put((byte) 4).put((byte) 0xC0).putShort((short) 0);
        text(packet, clientId);
        text(packet, "guest");
        text(packet, "guest");
        packet.put(1, (byte) (packet.position() - 2));
        return Arrays.copyOf(packet.array(), packet.position());
    }

    private static void text(ByteBuffer packet, String text) {
        byte[] bytes = text.getBytes(UTF_8);
        packet.putShort((short) bytes.length).put(bytes);
    }

    @Test
    void theAuditSaysWhoDidWhatFromWhereAndNoLogSaysAPassword() throws IOException {
        Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        Logger product = (Logger) LoggerFactory.getLogger("dev.parley");
        Logger audit = (Logger) LoggerFactory.getLogger("parley.audit");
        ListAppender<ILoggingEvent> seen = new ListAppender<>();
        seen.start();
        root.addAppender(seen);
        product.setLevel(Level.TRACE);
        audit.setLevel(Level.INFO);
        List<String> answers = new ArrayList<>();
        try (SecureNode node = SecureNode.start(AmqpConfig.DEFAULT, null)) {
            scenario(node, answers);
        } finally {
            root.detachAppender(seen);
            product.setLevel(null);
            audit.setLevel(null);
        }
        List<String> lines = new ArrayList<>();
        List<String> audited = new ArrayList<>();
        for (ILoggingEvent event : List.copyOf(seen.list)) {
            lines.add(event.getFormattedMessage() + event.getThrowableProxy());
            if (event.getLoggerName().equals("parley.audit")) {
                audited.add(event.getFormattedMessage().replaceAll("127\\.0\\.0\\.1:\\d+", "HERE"));
            }
        }
        assertThat(audited)
                .contains(
                        "event=change user=\"guest\" from=HERE what=\"PUT /v1/users/ann\""
                                + " status=204",
                        "event=change user=\"guest\" from=HERE what=\"PATCH /v1/users/ann\""
                                + " status=204",
                        "event=change user=\"guest\" from=HERE what=\"PUT"
                                + " /v1/users/ann/permissions//\" status=204",
                        "event=change user=\"guest\" from=HERE what=\"PUT /v1/vhosts/v\\u000a1\""
                                + " status=204",
                        "event=change user=\"guest\" from=HERE what=\"DELETE /v1/queues/none\""
                                + " status=404",
                        "event=change user=\"guest\" from=HERE what=\"DELETE /v1/users/ann\""
                                + " status=204",
                        "event=login-refused user=\"ann\" from=HERE why=\"wrong user or"
                                + " password\"",
                        "event=login-refused user=\"ann\" from=HERE why=\"no administrator\"");
        assertThat(audited).noneMatch(line -> line.contains("GET"));
        for (String secret : SECRETS) {
            assertThat(lines).noneMatch(line -> line.contains(secret));
            assertThat(answers).noneMatch(answer -> answer.contains(secret));
        }
    }

    private static void scenario(SecureNode node, List<String> answers) throws IOException {
        String first = "{\"password\": \"s3cret-first\"}";
        answers.add(node.ask("PUT", "/v1/users/ann", first).body());
        String second = "{\"password\": \"s3cret-second\"}";
        answers.add(node.ask("PATCH", "/v1/users/ann", second).body());
        answers.add(node.ask("PUT", "/v1/users/ann", "{\"password\": [\"s3cret-number\"]}").body());
        answers.add(node.ask("PUT", "/v1/users/ann", "{\"passwort\": \"s3cret-number\"}").body());
        answers.add(node.ask("PUT", "/v1/users/ann", "{\"password\": s3cret-number}").body());
        node.permit("ann", "/");
        answers.add(node.ask("PUT", "/v1/vhosts/v%0A1", "").body());
        answers.add(node.ask("DELETE", "/v1/queues/none", "").body());
        answers.add(node.ask("GET", "/v1/users", "").body());
        answers.add(node.ask("GET", "/v1/status", "", "ann", "s3cret-second").body());
        answers.add(node.ask("GET", "/v1/status", "", "ann", "s3cret-wrong").body());
        SecureNode.connect(node.plain("ann", "s3cret-second")).close();
        assertThatThrownBy(() -> SecureNode.connect(node.plain("ann", "s3cret-wrong")))
                .isInstanceOf(IOException.class)
                .hasMessageNotContaining("s3cret");
        answers.add(node.ask("DELETE", "/v1/users/ann", "").body());
    }
}
