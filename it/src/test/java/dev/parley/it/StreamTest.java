package dev.parley.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Delivery;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Streams over AMQP 0-9-1, as RabbitMQ has them.
@SuppressWarnings("JavaUtilDate") // what the client takes for a timestamp
class StreamTest extends AmqpCase {

    private String stream(Object... more) throws IOException {
        return durableQueue(arguments(more));
    }

    private static Map<String, Object> arguments(Object... more) {
        var arguments = new HashMap<String, Object>();
        arguments.put("x-queue-type", "stream");
        for (int i = 0; i < more.length; i += 2) {
            arguments.put((String) more[i], more[i + 1]);
        }
        return arguments;
    }

    private void confirmed(String exchange, String key, String... bodies) throws Exception {
        try (Channel publishing = connection.createChannel()) {
            publishing.confirmSelect();
            for (String body : bodies) {
                publishing.basicPublish(exchange, key, PLAIN, body.getBytes(UTF_8));
            }
            publishing.waitForConfirmsOrDie(30_000);
        }
    }

    private Inbox reader(String stream, int prefetch, Object... arguments) throws IOException {
        Channel own = connection.createChannel();
        own.basicQos(prefetch);
        var all = new HashMap<String, Object>();
        for (int i = 0; i < arguments.length; i += 2) {
            all.put((String) arguments[i], arguments[i + 1]);
        }
        return Inbox.on(own, stream, false, all);
    }

    private Inbox from(String stream, Object offset) throws IOException {
        return reader(stream, 100, "x-stream-offset", offset);
    }

    private static void ack(Inbox inbox, Delivery delivery) throws IOException {
        inbox.getChannel().basicAck(Inbox.tag(delivery), false);
    }

    private static @Nullable Object offset(Delivery delivery) {
        return delivery.getProperties().getHeaders().get("x-stream-offset");
    }

    private void onlyOurs() {
        Assumptions.assumeTrue(
                broker.ours(),
                () -> {
                    String reason = "StreamTest skipped: RabbitMQ 3.10 has no such thing";
                    System.out.println(reason);
                    return reason;
                });
    }

    // ---- declaring

    @Test
    void streamIsDurableAndNobodysOwn() throws Exception {
        String name = name();
        Map<String, Object> plain = arguments();
        Refusal passing = refused(c -> c.queueDeclare(name, false, false, false, plain));
        assertThat(passing.code()).isEqualTo(406);
        assertThat(passing.text()).contains("invalid property 'non-durable' for queue '" + name);
        channel = connection.createChannel();
        Refusal own = refused(c -> c.queueDeclare(name, true, true, false, plain));
        assertThat(own.code()).isEqualTo(406);
        assertThat(own.text()).contains("invalid property 'exclusive-owner' for queue '" + name);
        channel = connection.createChannel();
        Refusal ending = refused(c -> c.queueDeclare(name, true, false, true, plain));
        assertThat(ending.code()).isEqualTo(406);
        assertThat(ending.text()).contains("invalid property 'auto-delete' for queue '" + name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"x-message-ttl", "x-expires", "x-max-priority", "x-delivery-limit"})
    void whatIsForQueuesIsNotForStreams(String argument) throws Exception {
        String name = name();
        Refusal refusal =
                refused(c -> c.queueDeclare(name, true, false, false, arguments(argument, 10)));
        assertThat(refusal.code()).isEqualTo(406);
        assertThat(refusal.text())
                .contains("invalid arg '" + argument + "' for queue '" + name)
                .contains("of queue type rabbit_stream_queue");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0h", "1w", "5", "1 h"})
    void ageIsANumberAndAUnit(String age) throws Exception {
        String name = name();
        Refusal refusal =
                refused(c -> c.queueDeclare(name, true, false, false, arguments("x-max-age", age)));
        assertThat(refusal.code()).isEqualTo(406);
        assertThat(refusal.text())
                .contains("invalid arg 'x-max-age' for queue '" + name)
                .contains("invalid_max_age");
    }

    @Test
    void sizesOfSegmentsAndClustersAreTaken() throws Exception {
        Map<String, Object> sizes =
                arguments(
                        "x-max-age",
                        "7D",
                        "x-max-length-bytes",
                        1_000_000,
                        "x-stream-max-segment-size-bytes",
                        500_000,
                        "x-initial-cluster-size",
                        1);
        String name = durableQueue(sizes);
        assertThat(channel.queueDeclarePassive(name).getMessageCount()).isZero();
        sizes.put("x-max-age", "1h");
        Refusal other = refused(c -> c.queueDeclare(name, true, false, false, sizes));
        assertThat(other.code()).isEqualTo(406);
        assertThat(other.text())
                .contains("inequivalent arg 'x-max-age' for queue '" + name)
                .contains("received '1h' but current is '7D'");
    }

    // ---- reading

    @Test
    void whatIsReadStays() throws Exception {
        String stream = stream();
        confirmed("", stream, "a", "b", "c");
        for (int time = 0; time < 2; time++) {
            Inbox all = from(stream, "first");
            for (long n = 0; n < 3; n++) {
                Delivery one = all.take();
                assertThat(Inbox.text(one)).isEqualTo(List.of("a", "b", "c").get((int) n));
                assertThat(offset(one)).isEqualTo(n);
                assertThat(one.getEnvelope().getRoutingKey()).isEqualTo(stream);
                assertThat(one.getEnvelope().isRedeliver()).isFalse();
                ack(all, one);
            }
            all.staysEmpty();
        }
        awaitReady(stream, 3);
    }

    @Test
    void readerBeginsWhereItSays() throws Exception {
        String stream = stream();
        confirmed("", stream, "a", "b", "c");
        Inbox next = from(stream, "next");
        Inbox usual = reader(stream, 10);
        Inbox last = from(stream, "last");
        Inbox number = from(stream, 1);
        Inbox ahead = from(stream, 1_000L);
        Inbox time = from(stream, new Date(System.currentTimeMillis() - 3_600_000));
        Inbox ago = from(stream, "1h");
        assertThat(number.takeTexts(2)).containsExactly("b", "c");
        assertThat(time.takeTexts(3)).containsExactly("a", "b", "c");
        assertThat(ago.takeTexts(3)).containsExactly("a", "b", "c");
        confirmed("", stream, "d");
        assertThat(next.takeText()).isEqualTo("d");
        assertThat(usual.takeText()).isEqualTo("d");
        assertThat(number.takeText()).isEqualTo("d");
        if (broker.ours()) { // a chunk of RabbitMQ's holds several messages, and begins earlier
            assertThat(last.takeTexts(2)).containsExactly("c", "d");
            assertThat(ahead.takeText()).isEqualTo("d");
        }
    }

    @Test
    void acknowledgementsAreCredit() throws Exception {
        String stream = stream();
        confirmed("", stream, "a", "b", "c", "d", "e");
        Inbox slow = reader(stream, 2, "x-stream-offset", "first");
        Delivery first = slow.take();
        Delivery second = slow.take();
        if (broker.ours()) { // RabbitMQ 3.10 sends whole chunks
            slow.staysEmpty();
        }
        slow.getChannel().basicAck(Inbox.tag(second), true);
        assertThat(Inbox.text(first)).isEqualTo("a");
        assertThat(slow.takeTexts(2)).containsExactly("c", "d");
    }

    @Test
    void headersOfTheMessageStay() throws Exception {
        String stream = stream();
        var properties =
                new AMQP.BasicProperties.Builder()
                        .contentType("text/plain")
                        .contentEncoding("utf-8")
                        .headers(Map.of("colour", "red"))
                        .deliveryMode(2)
                        .messageId("m1")
                        .timestamp(new Date(1_000))
                        .build();
        publish("", stream, properties, "a");
        Delivery one = from(stream, "first").take();
        assertThat(one.getProperties().getContentType()).isEqualTo("text/plain");
        assertThat(one.getProperties().getMessageId()).isEqualTo("m1");
        assertThat(one.getProperties().getTimestamp()).isEqualTo(new Date(1_000));
        assertThat(one.getProperties().getHeaders().get("colour")).hasToString("red");
        assertThat(offset(one)).isEqualTo(0L);
    }

    @Test
    void consumersNeedAPrefetchAndAcknowledge() throws Exception {
        String stream = stream();
        Refusal unbounded = refused(c -> Inbox.acking(c, stream));
        assertThat(unbounded.code()).isEqualTo(406);
        assertThat(unbounded.text())
                .contains("consumer prefetch count is not set for 'queue '" + stream);
        channel = connection.createChannel();
        channel.basicQos(10);
        Refusal odd = refused(c -> Inbox.on(c, stream, false, Map.of("x-stream-offset", "5")));
        assertThat(odd.code()).isEqualTo(406);
        assertThat(odd.text()).contains("invalid arg 'x-stream-offset' for queue '" + stream);
        channel = connection.createChannel();
        channel.basicQos(10);
        Refusal automatic = refused(c -> Inbox.automatic(c, stream));
        assertThat(automatic.code()).isEqualTo(540);
        assertThat(automatic.connection()).isTrue();
        assertThat(automatic.text()).contains("automatic acknowledgement not supported by stream");
    }

    @Test
    void nothingIsTakenFromAStream() throws Exception {
        String stream = stream();
        Refusal got = refused(c -> c.basicGet(stream, false));
        assertThat(got.code()).isEqualTo(540);
        assertThat(got.text()).contains("basic.get not supported by stream queues");
        connection = broker.connect();
        channel = connection.createChannel();
        Refusal purged = refused(c -> c.queuePurge(stream));
        assertThat(purged.code()).isEqualTo(540);
        assertThat(purged.text()).contains("queue.purge not supported by stream queues");
    }

    @Test
    void whoReadsHearsThatTheStreamIsGone() throws Exception {
        String stream = stream();
        Inbox reading = from(stream, "first");
        confirmed("", stream, "a");
        assertThat(reading.takeText()).isEqualTo("a");
        channel.queueDelete(stream);
        assertThat(reading.cancelledByBroker()).isTrue();
    }

    // ---- where messages come from

    @Test
    void subjectsComeByBinding() throws Exception {
        String stream = stream();
        channel.queueBind(stream, "amq.topic", "ticks.#");
        String queue = bound("amq.topic", "ticks.*");
        confirmed("amq.topic", "ticks.gold", "1");
        confirmed("amq.topic", "news", "2");
        confirmed("amq.topic", "ticks.silver.spot", "3");
        Inbox all = from(stream, "first");
        Delivery gold = all.take();
        Delivery silver = all.take();
        assertThat(Inbox.text(gold)).isEqualTo("1");
        assertThat(gold.getEnvelope().getExchange()).isEqualTo("amq.topic");
        assertThat(gold.getEnvelope().getRoutingKey()).isEqualTo("ticks.gold");
        assertThat(Inbox.text(silver)).isEqualTo("3");
        all.staysEmpty();
        assertThat(nextText(queue)).isEqualTo("1");
    }

    @Test
    void messageToQueuesAndStreamsIsConfirmedOnce() throws Exception {
        String exchange = exchange("fanout");
        List<String> streams = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            streams.add(stream());
            channel.queueBind(streams.getLast(), exchange, "");
        }
        List<String> queues = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            queues.add(bound(exchange, ""));
        }
        String[] bodies = new String[200];
        for (int i = 0; i < bodies.length; i++) {
            bodies[i] = "m" + i;
        }
        confirmed(exchange, "", bodies);
        for (String stream : streams) {
            assertThat(reader(stream, 500, "x-stream-offset", "first").takeTexts(bodies.length))
                    .containsExactly(bodies);
        }
        for (String queue : queues) {
            awaitReady(queue, bodies.length);
        }
    }

    @Test
    void deadLettersMayGoIntoAStream() throws Exception {
        onlyOurs();
        String stream = stream();
        String queue = durableQueue(deadLetteringTo(stream));
        publish(queue, "bad");
        Inbox taking = Inbox.acking(channel, queue);
        channel.basicReject(Inbox.tag(taking.take()), false);
        Delivery dead = from(stream, "first").take();
        assertThat(Inbox.text(dead)).isEqualTo("bad");
        assertThat(dead.getProperties().getHeaders()).containsKey("x-death");
        assertThat(offset(dead)).isEqualTo(0L);
    }

    @Test
    void transactionsReachStreams() throws Exception {
        String stream = stream();
        Inbox reading = from(stream, "first");
        channel.txSelect();
        publish(stream, "a", "b");
        reading.staysEmpty();
        channel.txCommit();
        assertThat(reading.takeTexts(2)).containsExactly("a", "b");
    }

    // ---- what is kept

    @Test
    void epochTellsOneHistoryFromAnother() throws Exception {
        onlyOurs();
        String stream = stream();
        confirmed("", stream, "a", "b");
        Inbox before = from(stream, "first");
        Object epoch = epoch(before.take());
        assertThat(epoch).isInstanceOf(Long.class).isEqualTo(epoch(before.take()));
        channel.queueDelete(stream);
        channel.queueDeclare(stream, true, false, false, Map.of("x-queue-type", "stream"));
        confirmed("", stream, "a");
        assertThat(epoch(from(stream, "first").take())).isNotNull().isNotEqualTo(epoch);
    }

    private static @Nullable Object epoch(Delivery delivery) {
        return delivery.getProperties().getHeaders().get("x-stream-epoch");
    }

    @Test
    void boundOfMessagesIsKept() throws Exception {
        onlyOurs();
        String stream = stream("x-max-length", 10);
        String[] bodies = new String[50];
        for (int i = 0; i < bodies.length; i++) {
            bodies[i] = "m" + i;
        }
        confirmed("", stream, bodies);
        awaitReady(stream, 10);
        Inbox kept = from(stream, 0);
        Delivery first = kept.take();
        assertThat(offset(first)).isEqualTo(40L);
        assertThat(first.getProperties().getHeaders().get("x-stream-missed")).isEqualTo(40L);
        assertThat(kept.take().getProperties().getHeaders()).doesNotContainKey("x-stream-missed");
        assertThat(Inbox.text(first)).isEqualTo("m40");
    }

    @Test
    void lastValuesAreKept() throws Exception {
        onlyOurs();
        String stream = stream("x-last-per-subject", true);
        channel.queueBind(stream, "amq.topic", stream + ".#");
        for (String value : List.of("1", "2", "3")) {
            confirmed("amq.topic", stream + ".a", "a" + value);
            confirmed("amq.topic", stream + ".b", "b" + value);
        }
        assertThat(from(stream, "first").takeTexts(2)).containsExactly("a3", "b3");
    }

    // ---- cursors

    @Test
    void cursorGoesOnBehindWhatIsSettled() throws Exception {
        onlyOurs();
        String stream = stream();
        confirmed("", stream, "a", "b", "c", "d");
        Inbox first = reader(stream, 2, "x-stream-offset", "first", "x-stream-cursor", "mine");
        ack(first, first.take());
        first.takeTexts(2);
        first.getChannel().close();
        Inbox second = reader(stream, 10, "x-stream-cursor", "mine");
        Delivery again = second.take();
        assertThat(Inbox.text(again)).isEqualTo("b");
        assertThat(again.getEnvelope().isRedeliver()).isTrue();
        assertThat(second.takeTexts(2)).containsExactly("c", "d");
        Inbox other = reader(stream, 10, "x-stream-offset", "first", "x-stream-cursor", "other");
        assertThat(other.takeTexts(4)).containsExactly("a", "b", "c", "d");
    }

    @Test
    void returnedMessageComesAgain() throws Exception {
        onlyOurs();
        String stream = stream();
        confirmed("", stream, "a");
        Inbox reading = reader(stream, 1, "x-stream-offset", "first", "x-stream-cursor", "c");
        Delivery first = reading.take();
        reading.getChannel().basicNack(Inbox.tag(first), false, true);
        Delivery again = reading.take();
        assertThat(Inbox.text(again)).isEqualTo("a");
        assertThat(again.getEnvelope().isRedeliver()).isTrue();
    }

    @Test
    void consumersOfACursorKeepTheOrderPerKey() throws Exception {
        onlyOurs();
        String stream = stream();
        channel.queueBind(stream, "amq.topic", stream + ".*");
        Object[] shared = {"x-stream-offset", "first", "x-stream-cursor", "group"};
        Inbox first = reader(stream, 1, shared);
        Inbox second = reader(stream, 1, shared);
        confirmed("amq.topic", stream + ".a", "a1");
        confirmed("amq.topic", stream + ".a", "a2");
        confirmed("amq.topic", stream + ".b", "b1");
        Awaitility.await()
                .pollInterval(Duration.ofMillis(5))
                .atMost(DEADLINE)
                .until(() -> first.size() == 1 && second.size() == 1);
        Delivery one = first.take();
        Delivery other = second.take();
        boolean firstHasA = Inbox.text(one).startsWith("a");
        Inbox ofA = firstHasA ? first : second;
        Inbox ofB = firstHasA ? second : first;
        assertThat(Inbox.text(firstHasA ? one : other)).isEqualTo("a1");
        assertThat(Inbox.text(firstHasA ? other : one)).isEqualTo("b1");
        ack(ofB, firstHasA ? other : one);
        ofB.staysEmpty(); // the next of a waits for whoever has the first
        ack(ofA, firstHasA ? one : other);
        Awaitility.await()
                .pollInterval(Duration.ofMillis(5))
                .atMost(DEADLINE)
                .until(() -> first.size() + second.size() == 1);
        assertThat((first.size() == 1 ? first : second).takeText()).isEqualTo("a2");
    }

    /// Consumers come and go, settle late and out of turn: each key keeps its order.
    @Test
    void keysKeepTheirOrderWhileConsumersComeAndGo() throws Exception {
        onlyOurs();
        int messages = 2_000;
        int keys = 10;
        String stream = stream("x-stream-key", "key");
        try (Channel publishing = connection.createChannel()) {
            publishing.confirmSelect();
            for (int n = 0; n < messages; n++) {
                String key = "k" + n % keys;
                publishing.basicPublish(
                        "", stream, headers(Map.of("key", key)), (key + ":" + n).getBytes(UTF_8));
            }
            publishing.waitForConfirmsOrDie(30_000);
        }
        var random = new Random(11);
        var settled = new HashMap<String, Integer>();
        var members = new ArrayList<Inbox>();
        var have = new HashMap<Inbox, List<Delivery>>();
        int done = 0;
        for (int round = 0; done < messages; round++) {
            while (members.size() < 3) {
                Inbox member =
                        reader(stream, 7, "x-stream-offset", "first", "x-stream-cursor", "all");
                members.add(member);
            }
            Inbox member = members.get(random.nextInt(members.size()));
            List<Delivery> taken = have.computeIfAbsent(member, _ -> new ArrayList<>());
            Delivery came;
            while ((came = member.poll(taken.isEmpty() ? 20 : 0)) != null) {
                taken.add(came);
            }
            if (round % 50 == 49) { // it goes, and what it has comes to others
                members.remove(member);
                have.remove(member);
                member.getChannel().close();
            } else if (!taken.isEmpty()) {
                Delivery one = taken.remove(0);
                String[] parts = Inbox.text(one).split(":");
                int number = Integer.parseInt(parts[1]);
                int last = settled.getOrDefault(parts[0], -keys + number % keys);
                assertThat(number).as("of %s after %d", parts[0], last).isEqualTo(last + keys);
                settled.put(parts[0], number);
                ack(member, one);
                done++;
            }
        }
    }
}
