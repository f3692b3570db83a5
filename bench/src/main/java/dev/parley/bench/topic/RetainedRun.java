package dev.parley.bench.topic;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Many retained messages, and then one subscriber to all of them.
final class RetainedRun {

    private static final int WINDOW = 400;
    private static final int BATCH = 64;
    private static final long WAIT_MILLIS = 50;
    private static final long FILL_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final double NANOS_PER_MILLI = 1e6;
    private static final double HUNDRED = 100;

    private final Target target;
    private final Column column;
    private final long brokerPid;
    private final BitSet arrived = new BitSet();
    private long arrivals;
    private long lastNanos;

    RetainedRun(Target target, Column column, long brokerPid) {
        this.target = target;
        this.column = column;
        this.brokerPid = brokerPid;
    }

    static String work(int messages) {
        return "%,d retained".formatted(messages);
    }

    /// Fills and subscribes, at QoS 0 and then at QoS 1.
    void run(int messages) throws IOException {
        String work = work(messages);
        int filled = fill(messages, work);
        for (int qos = 0; qos <= 1; qos++) {
            subscribe(filled, qos, work + " to one # subscriber, QoS " + qos);
        }
    }

    private int fill(int messages, String work) throws IOException {
        var identity = new Client.Identity(target.level(), "retained-p", true, "", 0);
        var crowd = new Crowd(target, List.of(identity), null);
        crowd.connect();
        Client publisher = crowd.get(0);
        Usage before = Usage.read(brokerPid);
        int sent = 0;
        while (sent < messages || publisher.unacknowledged() > 0) {
            for (int i = 0; i < BATCH && sent < messages; i++) {
                if (publisher.waits(WINDOW)) {
                    break;
                }
                String topic = "retained/%d/%d".formatted(sent % 100, sent);
                Template template =
                        Template.of(target.level(), topic, 1, true, Traffic.PAYLOAD_BYTES);
                publisher.publish(template, 1, 0, sent, 0);
                sent++;
            }
            publisher.flush();
            target.loop().turn(WAIT_MILLIS);
            if (System.nanoTime() - before.nanos() > FILL_NANOS) {
                break;
            }
        }
        Usage after = Usage.read(brokerPid);
        int acknowledged = sent - publisher.unacknowledged();
        column.add(work, Measure.FILLED, acknowledged / after.seconds(before));
        column.add(work, Measure.FILL_CPU, after.brokerMicros(before, acknowledged));
        if (acknowledged < messages) {
            column.note(work, "only %,d were retained within 30 s".formatted(acknowledged));
        }
        crowd.disconnect();
        return acknowledged;
    }

    private void subscribe(int expected, int qos, String work) throws IOException {
        arrived.clear();
        arrivals = 0;
        var identity = new Client.Identity(target.level(), "retained-s" + qos, true, "#", qos);
        var crowd = new Crowd(target, List.of(identity), new Arrivals());
        Usage before = Usage.read(brokerPid);
        lastNanos = before.nanos();
        crowd.connect();
        while (arrived.cardinality() < expected && System.nanoTime() - lastNanos < QUIET_NANOS) {
            target.loop().turn(WAIT_MILLIS);
        }
        Usage after = Usage.read(brokerPid);
        int count = arrived.cardinality();
        column.add(work, Measure.ARRIVED, HUNDRED * count / expected);
        if (count > 0) {
            double millis = (lastNanos - before.nanos()) / NANOS_PER_MILLI;
            column.add(work, Measure.ARRIVAL, millis);
            column.add(work, Measure.BROKER_CPU, after.brokerMicros(before, count));
        }
        if (count < expected) {
            column.note(work, "%,d of %,d arrived".formatted(count, expected));
        }
        if (arrivals > count) {
            column.note(work, "%,d arrived more than once".formatted(arrivals - count));
        }
        crowd.disconnect();
    }

    /// The subscriber's side.
    private final class Arrivals implements Client.Listener {

        @Override
        public void onMessage(Client client, ByteBuffer in, int payloadAt, int payloadEnd) {
            arrived.set((int) Template.number(in, payloadAt));
            arrivals++;
            lastNanos = System.nanoTime();
        }

        @Override
        public void onEnd(Client client, String why) throws IOException {
            throw new IOException("the subscriber to all retained messages was lost: " + why);
        }
    }
}
