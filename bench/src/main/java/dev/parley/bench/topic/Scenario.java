package dev.parley.bench.topic;

import java.util.List;

/// Publishers and subscribers at work: one row group of the table.
///
/// @param window messages that may be under way, published but not yet with all subscribers
/// @param rate messages published in a second at fixed times; 0: as many as the window lets through
record Scenario(
        String name,
        int publishers,
        int subscribers,
        int qos,
        boolean persistent,
        int window,
        int rate) {

    private static final int UNBOUNDED = 1 << 20;

    /// In the order in which they are measured. The windows keep every broker busy and stay below
    /// the 1,000 messages for one client at which Mosquitto and HiveMQ throw away. At QoS 2
    /// Mosquitto throws away what a publisher has under way beyond 20.
    static List<Scenario> all() {
        return List.of(
                new Scenario("QoS 0 1→1", 1, 1, 0, false, 800, 0),
                new Scenario("QoS 0 1→100", 1, 100, 0, false, 200, 0),
                new Scenario("QoS 0 1→1000", 1, 1_000, 0, false, 50, 0),
                new Scenario("QoS 0 1000→1", 1_000, 1, 0, false, 800, 0),
                new Scenario("QoS 1 1→1", 1, 1, 1, false, 400, 0),
                new Scenario("QoS 1 1→1 persistent", 1, 1, 1, true, 400, 0),
                new Scenario("QoS 1 1→100", 1, 100, 1, false, 50, 0),
                new Scenario("QoS 1 1→100 persistent", 1, 100, 1, true, 50, 0),
                new Scenario("QoS 2 1→1", 1, 1, 2, false, 20, 0),
                new Scenario("latency 1→100 at 200/s, QoS 0", 1, 100, 0, false, UNBOUNDED, 200),
                new Scenario("latency 1→100 at 200/s, QoS 1", 1, 100, 1, false, UNBOUNDED, 200));
    }

    /// The scenario that this one's rate is a part of, if this one's sessions are persistent.
    String cleanName() {
        return name.replace(" persistent", "");
    }
}
