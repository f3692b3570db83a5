package dev.parley.node;

import dev.parley.front.amqp.AmqpMetrics;
import dev.parley.front.home.Home;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;

/// What a node counts, in Prometheus' text format.
final class Metrics {
    private final PrometheusMeterRegistry registry =
            new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

    Metrics(Home home, Logins logins) {
        AmqpMetrics amqp = home.metrics();
        Gauge.builder("parley.amqp.connections", amqp, AmqpMetrics::connections).register(registry);
        Gauge.builder("parley.amqp.channels", amqp, AmqpMetrics::channels).register(registry);
        FunctionCounter.builder("parley.amqp.published", amqp, AmqpMetrics::published)
                .register(registry);
        FunctionCounter.builder("parley.amqp.confirmed", amqp, AmqpMetrics::confirmed)
                .register(registry);
        FunctionCounter.builder("parley.amqp.delivered", amqp, AmqpMetrics::delivered)
                .register(registry);
        FunctionCounter.builder("parley.amqp.returned", amqp, AmqpMetrics::returned)
                .register(registry);
        Gauge.builder("parley.disk.roomy", home, one -> one.roomy() ? 1 : 0).register(registry);
        FunctionCounter.builder("parley.logins.refused", logins, Logins::refused)
                .register(registry);
        FunctionCounter.builder("parley.logins.delayed", logins, Logins::delayed)
                .register(registry);
        Gauge.builder("parley.queues", home, Home::queueCount).register(registry);
        new UptimeMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new JvmMemoryMetrics().bindTo(registry);
    }

    String scrape() {
        return registry.scrape();
    }
}
