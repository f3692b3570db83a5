package dev.parley.node;

import com.sun.management.ThreadMXBean;
import dev.parley.front.amqp.AmqpMetrics;
import dev.parley.front.amqp.LocalMetrics;
import dev.parley.front.home.Home;
import dev.parley.front.mqtt.MqttMetrics;
import dev.parley.node.feed.FeedMetrics;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/// What a node counts, in Prometheus' text format.
final class Metrics {
    private final PrometheusMeterRegistry registry =
            new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

    Metrics(Home home, FeedMetrics feeds, Logins logins, FileDisk disk) {
        AmqpMetrics amqp = home.metrics();
        gauge("amqp.connections", "Connections that are open", amqp::connections);
        gauge("amqp.channels", "Channels that are open", amqp::channels);
        counter("amqp.published", "Messages that publishers sent", amqp::published);
        counter("amqp.confirmed", "Messages confirmed to publishers", amqp::confirmed);
        counter("amqp.delivered", "Messages delivered to consumers", amqp::delivered);
        counter("amqp.returned", "Messages that reached no queue", amqp::returned);
        LocalMetrics local = home.localMetrics();
        counter(
                "local.published",
                "Messages sent over HTTP and by programs in the node's process",
                local::published);
        counter(
                "local.delivered",
                "Messages given to requests over HTTP and to programs in the node's process",
                local::delivered);
        MqttMetrics mqtt = home.mqttMetrics();
        for (MqttMetrics.Count count : MqttMetrics.Count.values()) {
            String name = "mqtt." + count.name().toLowerCase(Locale.ROOT).replace('_', '.');
            if (count.isGauge()) {
                gauge(name, count.about(), () -> mqtt.get(count));
            } else {
                counter(name, count.about(), () -> mqtt.get(count));
            }
        }
        for (FeedMetrics.Count count : FeedMetrics.Count.values()) {
            String name = "feed." + count.name().toLowerCase(Locale.ROOT);
            if (count.isGauge()) {
                gauge(name, count.about(), () -> feeds.get(count));
            } else {
                counter(name, count.about(), () -> feeds.get(count));
            }
        }
        gauge("disk.roomy", "1 if there is room for messages", () -> home.roomy() ? 1 : 0);
        counter("disk.syncs", "Syncs of files", disk::syncs);
        counter("logins.refused", "Logins that were refused", logins::refused);
        counter("logins.delayed", "Logins that had to wait", logins::delayed);
        gauge("queues", "Queues that there are", home::queueCount);
        counter(
                "heap.allocated",
                "Bytes that threads have allocated on the heap, collected or not",
                ManagementFactory.getPlatformMXBean(ThreadMXBean.class)
                        ::getTotalThreadAllocatedBytes);
        new UptimeMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new JvmMemoryMetrics().bindTo(registry);
    }

    private void gauge(String name, String help, Supplier<Number> value) {
        Gauge.builder("parley." + name, value).description(help).register(registry);
    }

    /// The registry holds what a counter counts by a weak reference and then repeats its last value
    /// for ever; so what it is given is this object, which the node keeps.
    private void counter(String name, String help, LongSupplier value) {
        FunctionCounter.builder("parley." + name, this, ignored -> value.getAsLong())
                .description(help)
                .register(registry);
    }

    String scrape() {
        return registry.scrape();
    }
}
