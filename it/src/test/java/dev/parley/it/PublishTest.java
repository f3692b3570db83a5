package dev.parley.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.ConfirmListener;
import com.rabbitmq.client.GetResponse;
import com.rabbitmq.client.LongString;
import com.rabbitmq.client.impl.LongStringHelper;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Publishing: confirms, returns, copies, sizes, and properties that arrive as they were sent.
@SuppressWarnings("JavaUtilDate") // The client reads and writes timestamps as java.util.Date.
class PublishTest extends AmqpCase {

    @Test
    void everyPublishIsConfirmedOnce() throws Exception {
        String queue = queue();
        var confirmed = Collections.synchronizedSet(new TreeSet<Long>());
        var wrong = Collections.synchronizedList(new ArrayList<String>());
        channel.addConfirmListener(
                new ConfirmListener() {
                    private long below = 1;

                    @Override
                    public void handleAck(long tag, boolean multiple) {
                        for (long each = multiple ? below : tag; each <= tag; each++) {
                            boolean fresh = confirmed.add(each);
                            if (!fresh && !multiple) {
                                wrong.add("confirmed twice: " + each);
                            }
                        }
                        below = multiple ? tag + 1 : below;
                    }

                    @Override
                    public void handleNack(long tag, boolean multiple) {
                        wrong.add("nack " + tag);
                    }
                });
        channel.confirmSelect();
        assertThat(channel.getNextPublishSeqNo()).isEqualTo(1);
        for (int i = 0; i < 500; i++) {
            publish(queue, "m" + i);
        }
        Awaitility.await().atMost(DEADLINE).until(() -> confirmed.size() == 500);
        assertThat(wrong).isEmpty();
        assertThat(ready(queue)).isEqualTo(500);
    }

    @Test
    void unroutableIsConfirmed() throws Exception {
        channel.confirmSelect();
        publish("no-such-queue." + name(), "m");
        assertThat(channel.waitForConfirms(30_000)).isTrue();
    }

    @Test
    void persistentToDurableIsConfirmed() throws Exception {
        String queue = durableQueue(Map.of());
        channel.confirmSelect();
        publish("", queue, new AMQP.BasicProperties.Builder().deliveryMode(2).build(), "kept");
        assertThat(channel.waitForConfirms(30_000)).isTrue();
        assertThat(next(queue).getProps().getDeliveryMode()).isEqualTo(2);
    }

    @Test
    void mandatoryUnroutableIsReturnedBeforeItsConfirm() throws Exception {
        var events = Collections.synchronizedList(new ArrayList<String>());
        String key = name();
        channel.addReturnListener(back ->
                events.add(
                        "return "
                                + back.getReplyCode()
                                + " "
                                + back.getReplyText()
                                + " "
                                + back.getRoutingKey().equals(key)
                                + " "
                                + new String(back.getBody(), UTF_8)));
        channel.addConfirmListener(
                (tag, _) -> events.add("ack " + tag), (tag, _) -> events.add("nack " + tag));
        channel.confirmSelect();
        channel.basicPublish("", key, true, PLAIN, "m".getBytes(UTF_8));
        Awaitility.await().atMost(DEADLINE).until(() -> events.size() == 2);
        assertThat(events).containsExactly("return 312 NO_ROUTE true m", "ack 1");
    }

    @Test
    void mandatoryRoutedIsNotReturned() throws Exception {
        var returned = Collections.synchronizedList(new ArrayList<Integer>());
        channel.addReturnListener(back -> returned.add(back.getReplyCode()));
        String queue = queue();
        channel.confirmSelect();
        channel.basicPublish("", queue, true, PLAIN, new byte[1]);
        assertThat(channel.waitForConfirms(30_000)).isTrue();
        assertThat(returned).isEmpty();
    }

    @Test
    void immediateIs540() throws IOException {
        String queue = queue();
        Refusal refusal =
                refused(on -> on.basicPublish("", queue, false, true, PLAIN, new byte[1]));
        assertThat(refusal.code()).isEqualTo(540);
        assertThat(refusal.text()).startsWith("NOT_IMPLEMENTED");
        assertThat(refusal.connection()).isTrue();
    }

    @Test
    void copiesGoToCcAndBccAndBccIsHidden() throws IOException {
        String to = queue();
        String cc = queue();
        String bcc = queue();
        publish("", to, headers(Map.of("CC", List.of(cc, to), "BCC", List.of(bcc))), "m");
        for (String queue : List.of(to, cc, bcc)) {
            GetResponse response = next(queue);
            assertThat(text(response)).isEqualTo("m");
            assertThat(response.getEnvelope().getRoutingKey()).isEqualTo(to);
            assertThat(response.getProps().getHeaders()).containsKey("CC").doesNotContainKey("BCC");
            assertThat(ready(queue)).isZero();
        }
    }

    @Test
    void copiesThatAreNoListAre406() throws IOException {
        String to = queue();
        Refusal refusal =
                refused(on -> on.basicPublish("", to, headers(Map.of("CC", to)), new byte[1]));
        assertThat(refusal.code()).isEqualTo(406);
        assertThat(refusal.connection()).isFalse();
    }

    @Test
    void ownUserIdPasses() throws IOException {
        String queue = queue();
        publish("", queue, new AMQP.BasicProperties.Builder().userId("guest").build(), "m");
        assertThat(next(queue).getProps().getUserId()).isEqualTo("guest");
    }

    @Test
    void foreignUserIdIs406() throws IOException {
        String queue = queue();
        var properties = new AMQP.BasicProperties.Builder().userId("someone").build();
        Refusal refusal = refused(on -> on.basicPublish("", queue, properties, new byte[1]));
        assertThat(refusal.code()).isEqualTo(406);
        assertThat(refusal.connection()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            ints = {
                0, 1, 4_087, 4_088, 4_089, 131_063, 131_064, 131_065, 262_128, 1 << 20, 10 << 20
            })
    void bodiesArriveWhole(int size) throws IOException {
        String queue = queue();
        byte[] body = new byte[size];
        new Random(size).nextBytes(body);
        channel.basicPublish("", queue, PLAIN, body);
        assertThat(Arrays.equals(next(queue).getBody(), body)).isTrue();
    }

    @Test
    void smallFramesCarryLargeBodies() throws IOException {
        var factory = broker.factory();
        factory.setRequestedFrameMax(4_096);
        byte[] body = new byte[100_000];
        new Random(1).nextBytes(body);
        try (var narrow = Broker.connect(factory)) {
            assertThat(narrow.getFrameMax()).isEqualTo(4_096);
            channel = narrow.createChannel();
            String queue = queue();
            channel.basicPublish("", queue, PLAIN, body);
            assertThat(Arrays.equals(next(queue).getBody(), body)).isTrue();
        }
    }

    /// 16 MiB is the default from RabbitMQ 4.0 on; the reference has its limit set to that.
    @Test
    void bodyOverTheLimitIs406() throws IOException {
        String queue = queue();
        Refusal refusal =
                refused(on -> on.basicPublish("", queue, PLAIN, new byte[(16 << 20) + 1]));
        assertThat(refusal.code()).isEqualTo(406);
        assertThat(refusal.connection()).isFalse();
        channel = connection.createChannel();
        assertThat(ready(queue)).isZero();
    }

    @Test
    void allPropertiesArriveAsSent() throws IOException {
        String queue = queue();
        var sent =
                new AMQP.BasicProperties(
                        "text/plain",
                        "gzip",
                        Map.of("h", LongStringHelper.asLongString("v")),
                        1,
                        7,
                        "correlation",
                        "reply",
                        "60000",
                        "message",
                        new Date(1_700_000_000_000L),
                        "type",
                        "guest",
                        "app",
                        "cluster");
        publish("", queue, sent, "m");
        assertThat(next(queue).getProps()).isEqualTo(sent);
    }

    @Test
    void absentPropertiesStayAbsent() throws IOException {
        String queue = queue();
        publish(queue, "m");
        assertThat(next(queue).getProps()).isEqualTo(PLAIN);
    }

    @Test
    void headersOfAllTypesArriveAsSent() throws IOException {
        String queue = queue();
        LongString text = LongStringHelper.asLongString("text é");
        var sent = new HashMap<String, Object>();
        sent.put("boolean", true);
        sent.put("byte", (byte) -7);
        sent.put("short", (short) -300);
        sent.put("int", -70_000);
        sent.put("long", Long.MIN_VALUE);
        sent.put("float", 1.5f);
        sent.put("double", Math.PI);
        sent.put("decimal", new BigDecimal("12.345"));
        sent.put("date", new Date(1_700_000_000_000L));
        sent.put("text", text);
        sent.put("null", null);
        sent.put("list", Arrays.asList(1, text, null, List.of(true)));
        sent.put("table", Map.of("inner", Map.of("deep", 1L)));
        sent.put("", text);
        publish("", queue, headers(sent), "m");
        assertThat(next(queue).getProps().getHeaders()).isEqualTo(sent);
        sent.put("bytes", new byte[] {0, -1});
        publish("", queue, headers(sent), "m");
        assertThat(next(queue).getProps().getHeaders().get("bytes")).isEqualTo(new byte[] {0, -1});
    }
}
