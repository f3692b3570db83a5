package dev.parley.bench.topic;

import dev.parley.bench.host.ProcStat;
import java.io.IOException;
import java.util.ArrayList;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/// Many idle clients: what they cost in memory, and how fast all of them come back when all
/// connections break at once.
final class CrowdRun {

    /// Few, for what a broker keeps of them is missing from the memory that it gains.
    private static final int WARM_UP = 50;

    private static final double NANOS_PER_MILLI = 1e6;
    private static final double BYTES_PER_KIB = 1_024;
    private static final long SETTLE_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final long WAIT_MILLIS = 100;

    private final Target target;
    private final Column column;
    private final long brokerPid;

    CrowdRun(Target target, Column column, long brokerPid) {
        this.target = target;
        this.column = column;
        this.brokerPid = brokerPid;
    }

    static String idle(int clients) {
        return "%,d idle connections".formatted(clients);
    }

    static String storm(int clients) {
        return "reconnect storm of %,d".formatted(clients);
    }

    static String persistentStorm(int clients) {
        return storm(clients) + " persistent";
    }

    /// Connects that many, measures what they hold, and lets all of them reconnect.
    void run(int clients, boolean idle, boolean storm) throws IOException {
        Crowd warmUp = crowd("warm-up", WARM_UP, true);
        warmUp.connect();
        warmUp.disconnect();
        settle();
        OptionalLong empty = ProcStat.residentBytes(brokerPid);
        Crowd crowd = crowd("idle", clients, true);
        Usage before = Usage.read(brokerPid);
        crowd.connect();
        Usage after = Usage.read(brokerPid);
        if (idle) {
            String work = idle(clients);
            column.add(work, Measure.CONNECTED, clients / after.seconds(before));
            column.add(work, Measure.CONNECT_CPU, after.brokerMicros(before, clients));
            settle();
            OptionalLong full = ProcStat.residentBytes(brokerPid);
            if (empty.isPresent() && full.isPresent()) {
                double gained = full.getAsLong() - empty.getAsLong();
                column.add(work, Measure.MEMORY, gained / BYTES_PER_KIB / clients);
            }
        }
        if (storm) {
            storm(crowd, storm(clients));
        }
        crowd.disconnect();
    }

    /// Clients whose sessions outlive the connection.
    void persistent(int clients) throws IOException {
        Crowd crowd = crowd("kept", clients, false);
        crowd.connect();
        storm(crowd, persistentStorm(clients));
        crowd.disconnect();
    }

    private void storm(Crowd crowd, String work) throws IOException {
        settle();
        Usage before = Usage.read(brokerPid);
        crowd.cut();
        crowd.connect();
        Usage after = Usage.read(brokerPid);
        column.add(work, Measure.BACK, (after.nanos() - before.nanos()) / NANOS_PER_MILLI);
        double p99 = crowd.handshakes().getValueAtPercentile(99) / NANOS_PER_MILLI;
        column.add(work, Measure.CONNECT_P99, p99);
        column.add(work, Measure.CONNECT_CPU, after.brokerMicros(before, crowd.size()));
    }

    private Crowd crowd(String name, int clients, boolean clean) {
        var identities = new ArrayList<Client.Identity>();
        for (int i = 0; i < clients; i++) {
            String topic = "device/" + name + "/" + i + "/command";
            String id = name + "-" + i;
            identities.add(new Client.Identity(target.level(), id, clean, topic, 1));
        }
        return new Crowd(target, identities, null);
    }

    private void settle() throws IOException {
        long began = System.nanoTime();
        while (System.nanoTime() - began < SETTLE_NANOS) {
            target.loop().turn(WAIT_MILLIS);
        }
    }
}
