package dev.parley.node.management;

import dev.parley.core.queue.QueueStatus;
import dev.parley.front.amqp.AmqpMetrics;
import java.util.Collection;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;

/// What a node counts under the names that RabbitMQ's own exporter uses, so that its dashboards
/// show a node of ours. Only where the meaning is the same.
public final class RabbitMetrics {
    private final StringBuilder out = new StringBuilder(4096);

    private RabbitMetrics() {}

    /// Asks all queues how they stand and answers in Prometheus' text format.
    public static void text(Managed node, Consumer<String> answer) {
        new QueueRows(node, new Rates())
                .statuses(statuses ->
                        answer.accept(new RabbitMetrics().write(node, statuses.values())));
    }

    private String write(Managed node, Collection<QueueStatus> queues) {
        AmqpMetrics amqp = node.broker().metrics();
        info(
                "rabbitmq_identity_info",
                "RabbitMQ node and cluster identity",
                "rabbitmq_node=\"%s\",rabbitmq_cluster=\"%s\""
                        .formatted(node.nodeName(), OverviewResource.CLUSTER));
        info(
                "rabbitmq_build_info",
                "The version that clients are told",
                "rabbitmq_version=\"%s\",product_name=\"Parley\",product_version=\"%s\""
                        .formatted(node.broker().config().version(), node.version()));
        gauge("rabbitmq_connections", "Connections currently open", amqp.connections());
        gauge("rabbitmq_channels", "Channels currently open", amqp.channels());
        long consumers = sum(queues, QueueStatus::consumers);
        gauge("rabbitmq_consumers", "Consumers currently connected", consumers);
        gauge("rabbitmq_queues", "Queues available", node.broker().catalog().queues().size());
        long ready = sum(queues, QueueStatus::ready);
        long unacknowledged = sum(queues, QueueStatus::unacknowledged);
        gauge("rabbitmq_queue_messages_ready", "Messages ready to be delivered", ready);
        gauge(
                "rabbitmq_queue_messages_unacked",
                "Messages delivered to consumers but not yet acknowledged",
                unacknowledged);
        gauge(
                "rabbitmq_queue_messages",
                "Sum of ready and unacknowledged messages",
                ready + unacknowledged);
        gauge(
                "rabbitmq_queue_messages_ready_bytes",
                "Size in bytes of ready messages",
                sum(queues, QueueStatus::bytes));
        gauge("rabbitmq_queue_consumers", "Consumers on queues", consumers);
        gauge(
                "rabbitmq_alarms_free_disk_space_watermark",
                "is 1 if there is no room for messages on the disk",
                node.broker().roomy() ? 0 : 1);
        gauge(
                "rabbitmq_disk_space_available_bytes",
                "Disk space available in bytes",
                node.diskFreeBytes());
        counter("messages_received", "Messages received from publishers", amqp.published());
        counter("messages_confirmed", "Messages confirmed to publishers", amqp.confirmed());
        counter("messages_delivered", "Messages delivered to consumers", amqp.delivered());
        counter(
                "messages_unroutable_returned",
                "Messages returned to publishers as unroutable",
                amqp.returned());
        counter(
                "messages_acknowledged",
                "Messages acknowledged by consumers",
                sum(queues, QueueStatus::acknowledged));
        return out.toString();
    }

    private static long sum(Collection<QueueStatus> queues, ToLongFunction<QueueStatus> count) {
        return queues.stream().mapToLong(count).sum();
    }

    private void info(String name, String help, String labels) {
        head(name, help, "gauge");
        out.append(name).append('{').append(labels).append("} 1\n");
    }

    private void gauge(String name, String help, long value) {
        head(name, help, "gauge");
        out.append(name).append(' ').append(value).append('\n');
    }

    private void counter(String what, String help, long value) {
        String name = "rabbitmq_global_" + what + "_total";
        head(name, help, "counter");
        out.append(name).append("{protocol=\"amqp091\"} ").append(value).append('\n');
    }

    private void head(String name, String help, String type) {
        out.append("# HELP ").append(name).append(' ').append(help).append('\n');
        out.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    }
}
