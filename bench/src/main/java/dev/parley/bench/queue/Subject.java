package dev.parley.bench.queue;

import java.util.List;

/// A kind of queue in a broker: one column of the table.
enum Subject {
    RABBITMQ_CLASSIC("RabbitMQ classic", ""),
    RABBITMQ_QUORUM("RabbitMQ quorum", "quorum"),
    PARLEY("Parley", "");

    private final String title;
    private final String type;

    Subject(String title, String type) {
        this.title = title;
        this.type = type;
    }

    String title() {
        return title;
    }

    /// What `x-queue-type` says; empty: nothing.
    String type() {
        return type;
    }

    /// What PerfTest is told besides the scenario's own arguments.
    List<String> arguments() {
        return type.isEmpty() ? List.of() : List.of("-qa", "x-queue-type=" + type);
    }

    /// Quorum queues are always durable.
    boolean runs(Scenario scenario) {
        return scenario.durable() || this != RABBITMQ_QUORUM;
    }
}
