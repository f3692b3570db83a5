package dev.parley.bench.topic;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;

/// The clients of one scenario, what they have sent and received, and whether all of it was right.
///
/// Used by the one thread that turns the loop.
final class Traffic implements Client.Listener {

    static final int PAYLOAD_BYTES = 64;

    private static final int SECONDS_MAX = 60;
    private static final long NANOS_PER_SECOND = 1_000_000_000;

    private final Scenario scenario;
    private final Crowd publishers;
    private final Crowd subscribers;
    private final List<Template> templates = new ArrayList<>();
    private final Histogram latency = new Histogram(SECONDS_MAX * NANOS_PER_SECOND, 3);

    /// The number that comes next, for each subscriber and publisher.
    private final long[] next;

    private long published;
    private long delivered;
    private long skipped;
    private long unexpected;
    private long forgiven;
    private long latencyFrom = Long.MAX_VALUE;

    /// @param run sets topics and client ids apart from those of other runs
    Traffic(Target target, Scenario scenario, String run) {
        this.scenario = scenario;
        next = new long[scenario.publishers() * scenario.subscribers()];
        int level = target.level();
        var publishing = new ArrayList<Client.Identity>();
        for (int i = 0; i < scenario.publishers(); i++) {
            publishing.add(new Client.Identity(level, run + "-p" + i, true, "", 0));
            String topic = "bench/" + run + "/" + i;
            templates.add(Template.of(level, topic, scenario.qos(), false, PAYLOAD_BYTES));
        }
        var subscribing = new ArrayList<Client.Identity>();
        for (int i = 0; i < scenario.subscribers(); i++) {
            // Every second one by a wildcard, as in life.
            boolean wildcard = scenario.publishers() > 1 || i % 2 == 1;
            String filter = "bench/" + run + (wildcard ? "/+" : "/0");
            String id = run + "-s" + i;
            boolean clean = !scenario.persistent();
            subscribing.add(new Client.Identity(level, id, clean, filter, scenario.qos()));
        }
        publishers = new Crowd(target, publishing, this);
        subscribers = new Crowd(target, subscribing, this);
    }

    /// Connects and subscribes everyone.
    void open() throws IOException {
        subscribers.connect();
        publishers.connect();
    }

    /// Publishes one message if the window and the socket let it through.
    boolean publish(long dueNanos) throws IOException {
        int index = (int) (published % publishers.size());
        Client publisher = publishers.get(index);
        boolean full = underWay() >= (long) scenario.window() * subscribers.size();
        if (full || publisher.waits(scenario.window())) {
            return false;
        }
        long number = published / publishers.size();
        publisher.publish(templates.get(index), scenario.qos(), index, number, dueNanos);
        published++;
        if (publishers.size() > 1) {
            publisher.flush();
        }
        return true;
    }

    void flush() throws IOException {
        if (publishers.size() == 1) {
            publishers.get(0).flush();
        }
    }

    /// From here on, what is due counts for the latency.
    void latencyFrom(long nanos) {
        latencyFrom = nanos;
    }

    /// Deliveries that are still to come.
    long underWay() {
        return published * subscribers.size() - delivered - forgiven;
    }

    /// Gives up what is under way, so that the window opens again.
    void forgive() {
        forgiven += underWay();
        publishers.clients().forEach(Client::forgive);
    }

    /// Ends persistent sessions and all connections.
    void close() throws IOException {
        subscribers.disconnect();
        publishers.disconnect();
        if (scenario.persistent()) {
            subscribers.forget();
        }
    }

    long published() {
        return published;
    }

    long delivered() {
        return delivered;
    }

    /// Deliveries that never came, as of now.
    long missing() {
        return published * subscribers.size() - delivered + unexpected;
    }

    /// Deliveries that came again or in the wrong order.
    long unexpected() {
        return unexpected;
    }

    /// Numbers that were passed over, lost or late.
    long skipped() {
        return skipped;
    }

    Histogram latency() {
        return latency;
    }

    @Override
    public void onMessage(Client client, ByteBuffer in, int payloadAt, int payloadEnd) {
        int slot = client.index() * publishers.size() + Template.publisher(in, payloadAt);
        long number = Template.number(in, payloadAt);
        delivered++;
        if (number == next[slot]) {
            next[slot]++;
        } else if (number > next[slot]) {
            skipped += number - next[slot];
            next[slot] = number + 1;
        } else {
            unexpected++;
        }
        if (scenario.rate() > 0) {
            long due = Template.dueNanos(in, payloadAt);
            if (due - latencyFrom >= 0) {
                long nanos = System.nanoTime() - due;
                latency.recordValue(Math.min(nanos, SECONDS_MAX * NANOS_PER_SECOND));
            }
        }
    }

    @Override
    public void onEnd(Client client, String why) throws IOException {
        throw new IOException("a client of " + scenario.name() + " was lost: " + why);
    }
}
