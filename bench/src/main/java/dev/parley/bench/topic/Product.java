package dev.parley.bench.topic;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// An MQTT broker that can be measured: how it is started and what it promises. Figures are read
/// against the promises.
sealed interface Product permits LoopBack, Mosquitto, Nats, HiveMq, Parley {

    /// The title of its column.
    String title();

    /// Why it cannot be measured here; empty: it can.
    Optional<String> missing();

    /// What starts it, with its data below a directory and its listener on a port of loopback.
    List<String> command(Path directory, int port) throws IOException;

    /// What its executable calls itself.
    String version() throws IOException, InterruptedException;

    /// What it has done with a message of QoS 1 when it acknowledges it, and how it is configured.
    String promise();

    /// Whether it is there to compare with; otherwise it only tells what the load generator can do.
    default boolean peer() {
        return true;
    }

    /// The highest QoS that it has.
    default int qosMax() {
        return 2;
    }

    /// Whether it keeps sessions and retained messages.
    default boolean keeps() {
        return true;
    }
}
