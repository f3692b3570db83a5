package dev.parley.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.api.Awaited;
import dev.parley.api.Delivery;
import dev.parley.api.Inspected;
import dev.parley.api.Look;
import dev.parley.api.Message;
import dev.parley.api.Operator;
import dev.parley.api.Queue;
import dev.parley.api.QueueOptions;
import dev.parley.api.Reason;
import dev.parley.api.RefusedException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What a program can do to a queue as its operator.
@Timeout(60)
class EmbeddedOperatorTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    @TempDir Path directory;
    private Parley parley;

    @SuppressWarnings("NullAway") // JUnit calls start() before every test.
    EmbeddedOperatorTest() {}

    @BeforeEach
    void start() throws IOException {
        parley = Parley.start(Config.embedded(directory.resolve("data")));
    }

    @AfterEach
    void close() {
        parley.close();
    }

    private static List<String> payloads(List<Inspected<String>> found) {
        return found.stream().map(one -> one.message().payload()).toList();
    }

    private static String taken(Queue<String> queue) throws InterruptedException {
        Delivery<String> one = queue.take(LONG).orElseThrow();
        one.ack();
        return one.payload();
    }

    @Test
    void seesMessagesWhereverTheyStand() throws Exception {
        Queue<String> orders = parley.queue("orders", String.class);
        Instant due = Instant.now().plus(1, ChronoUnit.DAYS).truncatedTo(ChronoUnit.MILLIS);
        orders.sendAll(List.of("out", "ready"));
        orders.schedule("later", due);
        Delivery<String> out = orders.take(LONG).orElseThrow();

        List<Inspected<String>> found = orders.operator().inspect(Look.first(10));

        assertThat(payloads(found)).containsExactly("out", "ready", "later");
        assertThat(found)
                .extracting(Inspected::waitsFor)
                .containsExactly(
                        new Awaited.Answer(new Awaited.Holder("", "a program in the node")),
                        new Awaited.Consumer(),
                        new Awaited.Time(due));
        assertThat(found.get(2).due()).contains(due);
        assertThat(found.get(1).due()).isEmpty();
        assertThat(found.get(1).expires()).isEmpty();
        assertThat(found.get(1).routingKey()).isEqualTo("orders");
        out.ack();
        assertThat(taken(orders)).isEqualTo("ready");
    }

    @Test
    void goesThroughAllThatFitsATest() throws Exception {
        Queue<String> orders = parley.queue("orders", String.class);
        orders.sendAll(IntStream.range(0, 2_500).mapToObj(Integer::toString).toList());
        Look<String> look = Look.<String>first(4).where(one -> even(one, 500));

        List<Inspected<String>> first = orders.operator().inspect(look);
        List<Inspected<String>> rest = orders.operator().inspect(look.after(first.getLast()));

        assertThat(payloads(first)).containsExactly("0", "500", "1000", "1500");
        assertThat(payloads(rest)).containsExactly("2000");
    }

    private static boolean even(Inspected<String> one, int by) {
        return Integer.parseInt(one.message().payload()) % by == 0;
    }

    @Test
    void removesAndReplaces() throws Exception {
        Queue<String> orders = parley.queue("orders", String.class);
        orders.sendAll(List.of("a", "b", "c"));
        Operator<String> operator = orders.operator();
        List<Inspected<String>> found = operator.inspect(Look.first(10));

        assertThat(operator.remove(List.of(found.getFirst()))).isEqualTo(1);
        assertThat(operator.remove(List.of(found.getFirst()))).isZero();
        Message<String> edited = found.get(1).message().withHeader("edited", true);
        assertThat(operator.replace(found.get(1), edited)).isTrue();
        assertThat(operator.replace(found.get(1), edited)).isFalse();

        assertThat(taken(orders)).isEqualTo("c");
        Delivery<String> last = orders.take(LONG).orElseThrow();
        assertThat(last.payload()).isEqualTo("b");
        assertThat(last.message().headers()).containsEntry("edited", true);
    }

    @Test
    void movesAndRedrives() throws Exception {
        Queue<String> orders =
                parley.queue("orders", String.class, QueueOptions.DURABLE.deadLettersTo("failed"));
        Queue<String> failed = parley.queue("failed", String.class);
        Queue<String> spare = parley.queue("spare", String.class);
        orders.sendAll(List.of("a", "b", "c"));
        for (int i = 0; i < 3; i++) {
            orders.take(LONG).orElseThrow().putAway("not today");
        }
        Operator<String> operator = failed.operator();
        List<Inspected<String>> dead = awaited(operator, 3);
        assertThat(dead.getFirst().message().headers()).containsKey("x-death");

        assertThat(operator.moveTo("spare", List.of(dead.getFirst()))).isEqualTo(1);
        assertThat(taken(spare)).isEqualTo("a");
        assertThat(operator.moveTo("nowhere", List.of(dead.get(1)))).isZero();
        assertThat(operator.redrive(List.of(dead.get(1)))).isEqualTo(1);
        assertThat(taken(orders)).isEqualTo("b");
        assertThat(operator.redriveAll()).isEqualTo(1);
        assertThat(taken(orders)).isEqualTo("c");
        assertThat(operator.inspect(Look.first(10))).isEmpty();
    }

    /// Dead letters come a little later than what put them away.
    private static List<Inspected<String>> awaited(Operator<String> operator, int messages)
            throws InterruptedException {
        long deadline = System.nanoTime() + LONG.toNanos();
        List<Inspected<String>> found = operator.inspect(Look.first(10));
        while (found.size() < messages && System.nanoTime() < deadline) {
            found = operator.inspect(Look.first(10));
        }
        assertThat(found).hasSize(messages);
        return found;
    }

    @Test
    void aNameThatIsTooLongConcernsNobodyElse() throws Exception {
        Queue<String> orders = parley.queue("orders", String.class);
        orders.send("a");
        Operator<String> operator = orders.operator();
        List<Inspected<String>> found = operator.inspect(Look.first(1));
        assertThatThrownBy(() -> operator.moveTo("amq.fanout", "k".repeat(300), found))
                .isInstanceOf(IllegalArgumentException.class);
        orders.send("b");
        assertThat(taken(orders)).isEqualTo("a");
        assertThat(taken(orders)).isEqualTo("b");
    }

    @Test
    void pausesResumesAndPurges() throws Exception {
        Queue<String> orders = parley.queue("orders", String.class);
        List<String> served = new ArrayList<>();
        orders.operator().pause();
        try (Queue.Consumer consumer =
                orders.consume(order -> {
                    synchronized (served) {
                        served.add(order.payload());
                        served.notifyAll();
                    }
                })) {
            orders.sendAll(List.of("a", "b"));
            assertThat(orders.operator().purge()).isEqualTo(2);
            orders.send("c");
            assertThat(consumer.running()).isTrue();
            orders.operator().resume();
            synchronized (served) {
                while (served.isEmpty()) {
                    served.wait(LONG.toMillis());
                }
            }
        }
        assertThat(served).containsExactly("c");
    }

    @Test
    void seesWhatTheCodecCannotRead() throws Exception {
        record Order(String drink) {}
        parley.queue("orders", String.class).send("no JSON");
        Operator<Order> operator = parley.queue("orders", Order.class).operator();

        Inspected<Order> found = operator.inspect(Look.first(1)).getFirst();

        assertThat(new String(found.body(), StandardCharsets.UTF_8)).isEqualTo("no JSON");
        assertThatThrownBy(found::message)
                .isInstanceOfSatisfying(
                        RefusedException.class,
                        e -> assertThat(e.reason()).isInstanceOf(Reason.Invalid.class));
        assertThat(operator.remove(List.of(found))).isEqualTo(1);
    }
}
