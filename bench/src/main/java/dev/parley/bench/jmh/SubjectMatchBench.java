package dev.parley.bench.jmh;

import dev.parley.api.Subject;
import dev.parley.api.SubjectFilter;
import dev.parley.core.catalog.Catalog;
import dev.parley.core.catalog.Exchange;
import dev.parley.core.catalog.Routes;
import dev.parley.core.catalog.VirtualHost;
import dev.parley.core.message.FieldTable;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// What it costs to find where a message goes: one filter against one subject, and a routing key
/// against all bindings of a topic exchange, of which three match.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class SubjectMatchBench {
    // Record types of the catalog: docs/formats/catalog.md.
    private static final int HOST = 1;
    private static final int QUEUE = 9;
    private static final int BOUND = 11;

    private static final List<String> KEY = List.of("orders.eu.17.created");

    /// Bindings of the exchange.
    @Param({"10", "10000"})
    public int bindings;

    private final Subject subject = new Subject("orders/eu/17/created");
    private final SubjectFilter filter = new SubjectFilter("orders/+/17/#");
    private final ByteBuffer record = ByteBuffer.allocate(4096);
    private final Routes routes = new Routes();
    private VirtualHost host;
    private Exchange exchange;

    /// A host with a queue for each binding.
    public SubjectMatchBench() {
        Catalog empty = new Catalog();
        text("/");
        apply(empty, HOST);
        host = Objects.requireNonNull(empty.host("/"));
        exchange = Objects.requireNonNull(host.exchange("amq.topic"));
    }

    /// Binds the queues.
    @Setup
    public void bind() {
        Catalog catalog = new Catalog();
        text("/");
        apply(catalog, HOST);
        for (int i = 0; i < bindings; i++) {
            String name = "queue-" + i;
            number(i + 1);
            text("/");
            text(name);
            number(0);
            number(1);
            number(0);
            FieldTable.EMPTY.write(record);
            apply(catalog, QUEUE);
            text("/");
            text("amq.topic");
            text(name);
            number(1);
            text(
                    switch (i) {
                        case 0 -> "orders.#";
                        case 1 -> "*.eu.*.created";
                        case 2 -> "orders.eu.17.created";
                        default -> "orders.us." + i + ".created";
                    });
            FieldTable.EMPTY.write(record);
            apply(catalog, BOUND);
        }
        host = Objects.requireNonNull(catalog.host("/"));
        exchange = Objects.requireNonNull(host.exchange("amq.topic"));
        if (route() != 3) {
            throw new IllegalStateException("three bindings match, not " + routes.size());
        }
    }

    private void text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        record.putInt(bytes.length).put(bytes);
    }

    private void number(long number) {
        record.putLong(number);
    }

    private void apply(Catalog catalog, int type) {
        catalog.apply(type, record.flip());
        record.clear();
    }

    /// One filter, one subject.
    @Benchmark
    public boolean filter() {
        return filter.matches(subject);
    }

    /// One key, all bindings.
    @Benchmark
    public int route() {
        host.route(exchange, KEY, FieldTable.EMPTY, routes);
        return routes.size();
    }
}
