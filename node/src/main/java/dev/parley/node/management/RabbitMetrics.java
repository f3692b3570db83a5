package dev.parley.node.management;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.parley.core.queue.QueueStatus;
import dev.parley.front.amqp.AmqpMetrics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;

/// What a node counts under the names that RabbitMQ's own exporter uses, so that most of its
/// dashboards' panels show a node of ours. Only where the meaning is the same.
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
                "rabbitmq_node=\"%s\",rabbitmq_cluster=\"%s\",rabbitmq_endpoint=\"aggregated\""
                        .formatted(node.nodeName(), OverviewResource.CLUSTER));
        info(
                "rabbitmq_build_info",
                "The version that clients are told",
                "rabbitmq_version=\"%s\",product_name=\"Parley\",product_version=\"%s\""
                        .formatted(node.broker().config().version(), node.version()));
        gauge("rabbitmq_connections", "Connections currently open", amqp.connections());
        gauge("rabbitmq_channels", "Channels currently open", amqp.channels());
        total("rabbitmq_connections_opened", "Connections opened", amqp.connectionsOpened());
        total(
                "rabbitmq_connections_closed",
                "Connections closed or terminated",
                amqp.connectionsOpened() - amqp.connections());
        total("rabbitmq_channels_opened", "Channels opened", amqp.channelsOpened());
        total(
                "rabbitmq_channels_closed",
                "Channels closed",
                amqp.channelsOpened() - amqp.channels());
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
        gauge(
                "rabbitmq_disk_space_available_limit_bytes",
                "Free disk space below which messages are refused, in bytes",
                node.diskReserveBytes());
        messages(amqp, consumers, sum(queues, QueueStatus::acknowledged));
        return out.toString();
    }

    private void messages(AmqpMetrics amqp, long consumers, long acknowledged) {
        head("rabbitmq_global_consumers", "Consumers currently connected", "gauge");
        out.append("rabbitmq_global_consumers{protocol=\"amqp091\"} ")
                .append(consumers)
                .append('\n');
        counter("messages_received", "Messages received from publishers", amqp.published());
        counter(
                "messages_received_confirm",
                "Messages received from publishers that wait for confirms",
                amqp.publishedToBeConfirmed());
        counter("messages_confirmed", "Messages confirmed to publishers", amqp.confirmed());
        counter("messages_delivered", "Messages delivered to consumers", amqp.delivered());
        counter(
                "messages_delivered_consume_manual_ack",
                "Messages delivered to consumers that acknowledge",
                amqp.consumedManual());
        counter(
                "messages_delivered_consume_auto_ack",
                "Messages delivered to consumers that do not acknowledge",
                amqp.consumedAutomatic());
        counter(
                "messages_delivered_get_manual_ack",
                "Messages that basic.get got and that are to be acknowledged",
                amqp.gotManual());
        counter(
                "messages_delivered_get_auto_ack",
                "Messages that basic.get got and that are not acknowledged",
                amqp.gotAutomatic());
        counter("messages_get_empty", "Times that basic.get got nothing", amqp.gotNothing());
        counter("messages_redelivered", "Messages delivered again", amqp.redelivered());
        counter(
                "messages_unroutable_dropped",
                "Messages that reached no queue and were dropped",
                amqp.unroutable());
        counter(
                "messages_unroutable_returned",
                "Messages returned to publishers as unroutable",
                amqp.returned());
        counter("messages_acknowledged", "Messages acknowledged by consumers", acknowledged);
    }

    /// What the operating system says of the process, in the same format; reads files.
    public static String process() {
        var metrics = new RabbitMetrics();
        metrics.gauge(
                "rabbitmq_erlang_uptime_seconds",
                "Time that the node has run, in seconds",
                ManagementFactory.getRuntimeMXBean().getUptime() / 1000);
        if (ManagementFactory.getOperatingSystemMXBean()
                instanceof UnixOperatingSystemMXBean unix) {
            metrics.gauge(
                    "rabbitmq_process_open_fds",
                    "Open file descriptors",
                    unix.getOpenFileDescriptorCount());
            metrics.gauge(
                    "rabbitmq_process_max_fds",
                    "Open file descriptors limit",
                    unix.getMaxFileDescriptorCount());
        }
        OptionalLong resident = residentKibibytes();
        if (resident.isPresent()) {
            metrics.gauge(
                    "rabbitmq_process_resident_memory_bytes",
                    "Memory used in bytes",
                    resident.getAsLong() << 10);
        }
        return metrics.out.toString();
    }

    /// Linux says it; where it is another system, nothing does.
    private static OptionalLong residentKibibytes() {
        Path status = Path.of("/proc/self/status");
        if (!Files.isReadable(status)) {
            return OptionalLong.empty();
        }
        try {
            return Files.readAllLines(status).stream()
                    .filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                    .findFirst();
        } catch (IOException e) {
            throw new UncheckedIOException("reading " + status, e);
        }
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

    private void total(String what, String help, long value) {
        String name = what + "_total";
        head(name, help, "counter");
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
