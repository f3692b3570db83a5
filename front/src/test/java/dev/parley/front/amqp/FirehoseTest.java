package dev.parley.front.amqp;

import static dev.parley.front.amqp.Script.b;
import static dev.parley.front.amqp.Script.bytes;
import static dev.parley.front.amqp.Script.h;
import static dev.parley.front.amqp.Script.i;
import static dev.parley.front.amqp.Script.join;
import static dev.parley.front.amqp.Script.l;
import static dev.parley.front.amqp.Script.s;
import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.core.catalog.CatalogMachine;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// A copy for who traces goes to another shard while its message is being delivered. From then on
/// the view of that shows anything: the message must be out by then, and each copy be its own.
class FirehoseTest {
    private static final int SHARDS = 3;
    private static final byte[] NONE = i(0);
    private static final byte[] PLAIN = {0, 0};
    private static final byte[] PERSISTENT = {0x10, 0, 2};

    private final LoopBroker broker = new LoopBroker(AmqpConfig.DEFAULT, SHARDS);
    private final LoopSession session = new LoopSession(broker);

    /// The name of a queue on this shard.
    private static String onShard(int shard) {
        return IntStream.iterate(0, n -> n + 1)
                .mapToObj(n -> "q" + n)
                .filter(name -> CatalogMachine.shardOf("/", name, SHARDS) == shard)
                .findFirst()
                .orElseThrow();
    }

    private void does(Script script) {
        session.feed(join(script.frames()));
    }

    /// A queue on each shard; all but the first get copies of what is delivered.
    private void begin() {
        session.feed(Script.handshake());
        Script script = new Script().method(1, 20, 10, s(""));
        for (int shard = 0; shard < SHARDS; shard++) {
            script.method(1, 50, 10, h(0), s(onShard(shard)), b(2), NONE);
        }
        for (int shard = 1; shard < SHARDS; shard++) {
            byte[] exchange = s(Firehose.EXCHANGE);
            script.method(1, 50, 20, h(0), s(onShard(shard)), exchange, s("deliver.#"), b(0), NONE);
        }
        does(script);
        broker.firehose().trace("/", true);
    }

    private Script publish(Script script, byte[] properties, String body) {
        return script.method(1, 60, 40, h(0), s(""), s(onShard(0)), b(0))
                .content(1, properties, bytes(body));
    }

    private void assertCopies(String... bodies) {
        broker.firehose().trace("/", false);
        for (int shard = 1; shard < SHARDS; shard++) {
            session.bodies().clear();
            Script script = new Script();
            for (int n = 0; n <= bodies.length; n++) {
                script.method(1, 60, 70, h(0), s(onShard(shard)), b(1));
            }
            does(script);
            assertThat(session.bodies()).containsExactly(bodies);
            assertThat(session.said().getLast()).as("and no more").isEqualTo("60.72");
        }
    }

    @Test
    void whatIsDeliveredIsOutBeforeItsCopies() {
        begin();
        does(new Script().method(1, 60, 20, h(0), s(onShard(0)), s("tag"), b(2), NONE));
        does(publish(publish(new Script(), PLAIN, "one"), PERSISTENT, "two"));
        does(publish(new Script(), PERSISTENT, "three"));
        assertThat(session.bodies()).containsExactly("one", "two", "three");
        assertCopies("one", "two", "three");
    }

    @Test
    void soIsWhatIsFetched() {
        begin();
        does(publish(publish(new Script(), PLAIN, "one"), PERSISTENT, "two"));
        byte[] queue = s(onShard(0));
        does(new Script().method(1, 60, 70, h(0), queue, b(1)));
        does(new Script().method(1, 60, 70, h(0), queue, b(1)));
        assertThat(session.bodies()).containsExactly("one", "two");
        assertCopies("one", "two");
    }

    /// Then its properties are made anew.
    @Test
    void soIsWhatHasFailedBefore() {
        begin();
        does(publish(new Script(), PERSISTENT, "again"));
        byte[] queue = s(onShard(0));
        does(new Script().method(1, 60, 70, h(0), queue, b(0)));
        does(new Script().method(1, 60, 120, l(1), b(2)));
        does(new Script().method(1, 60, 70, h(0), queue, b(1)));
        assertThat(session.bodies()).containsExactly("again", "again");
        assertCopies("again", "again");
    }
}
