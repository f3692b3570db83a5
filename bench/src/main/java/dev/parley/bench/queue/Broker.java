package dev.parley.bench.queue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;

/// A broker that runs as a process of its own on loopback, with its data in a temporary directory.
///
/// `start` after `stop` runs it again on the same data. Used by one thread.
sealed interface Broker permits RabbitMq, Parley {

    /// The name that notes and messages use.
    String name();

    /// The kinds of queue it is measured with; one column of the table for each.
    List<Subject> subjects();

    /// Starts it; returns when it says that it is ready.
    void start() throws IOException, InterruptedException;

    /// Ends it in the orderly way.
    void stop() throws InterruptedException;

    /// Where clients connect.
    String uri();

    /// The same as host and port.
    InetSocketAddress address();

    /// What it has counted by itself, where it tells.
    Optional<NodeCounters> counters() throws IOException, InterruptedException;

    /// The process that serves them; fails when the broker does not run.
    ProcessHandle worker() throws IOException;
}
