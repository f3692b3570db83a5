package dev.parley.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.api.Reason;
import dev.parley.core.message.FieldTable;
import dev.parley.core.message.Properties;
import dev.parley.core.shard.TestDecision;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// A queue that is told to behave otherwise while it lives.
class ReshapeTest {
    private static final long QUEUE = 5;
    private static final QueueSpec PLAIN = QueueSpec.plain(true);

    private final TestDecision decision = TestDecision.keeping();
    private final QueueMachine machine = machine(decision);
    private final List<QueueReply> replies = new ArrayList<>();

    ReshapeTest() {
        decision.serve(machine);
        machine.onServing(decision);
    }

    private static QueueMachine machine(TestDecision decision) {
        return new QueueMachine(decision, new Nowhere());
    }

    private void ask(QueueCommand command) {
        machine.decide(command, decision);
        for (boolean more = true; more; ) {
            more = machine.onTurnEnd(decision);
        }
    }

    private void publish(int messages) {
        for (int i = 0; i < messages; i++) {
            Message message =
                    new Message(
                            "",
                            "q",
                            true,
                            0,
                            -1,
                            Properties.NONE.withDeliveryMode(2).encoded(),
                            ByteBuffer.allocate(10));
            machine.decide(
                    new QueueCommand.Publish(new Listener(), 0, List.of(QUEUE), message), decision);
        }
        for (boolean more = true; more; ) {
            more = machine.onTurnEnd(decision);
        }
    }

    private QueueStatus status(QueueMachine of) {
        replies.clear();
        of.decide(new QueueCommand.Inspect(new Listener(), 1, QUEUE), decision);
        assertThat(replies).hasSize(1);
        assertThat(replies.getFirst()).isInstanceOf(QueueReply.Statuses.class);
        return ((QueueReply.Statuses) replies.getFirst()).statuses().getFirst();
    }

    private static QueueSpec bounded(long length, Overflow overflow) {
        return new QueueSpec(
                true,
                false,
                QueueSpec.NONE,
                QueueSpec.NONE,
                length,
                QueueSpec.NONE,
                overflow,
                null,
                null,
                false,
                0,
                QueueSpec.NONE);
    }

    private static QueueSpec expiring(long millis) {
        return new QueueSpec(
                true,
                false,
                QueueSpec.NONE,
                millis,
                QueueSpec.NONE,
                QueueSpec.NONE,
                Overflow.DROP_HEAD,
                null,
                null,
                false,
                0,
                QueueSpec.NONE);
    }

    @Test
    void shorterBoundDropsWhatIsThereTooMany() {
        ask(new QueueCommand.Create(QUEUE, "/", "q", PLAIN));
        publish(1500);
        ask(new QueueCommand.Reshape(QUEUE, bounded(2, Overflow.DROP_HEAD)));
        assertThat(status(machine).ready()).isEqualTo(2);
        assertThat(status(machine).dropped()).isEqualTo(1498);
        publish(1);
        assertThat(status(machine).ready()).isEqualTo(2);
    }

    @Test
    void queueThatRefusesPublishersKeepsWhatItHas() {
        ask(new QueueCommand.Create(QUEUE, "/", "q", PLAIN));
        publish(5);
        ask(new QueueCommand.Reshape(QUEUE, bounded(2, Overflow.REJECT_PUBLISH)));
        publish(1);
        assertThat(status(machine).ready()).isEqualTo(5);
    }

    @Test
    void newTimeToBeUnusedBeginsNow() {
        ask(new QueueCommand.Create(QUEUE, "/", "q", PLAIN));
        decision.advance(1000);
        long changed = decision.now();
        ask(new QueueCommand.Reshape(QUEUE, expiring(300)));
        assertThat(decision.timers().values()).containsExactly(changed + 300);
        ask(new QueueCommand.Reshape(QUEUE, PLAIN));
        assertThat(decision.timers()).isEmpty();
    }

    @Test
    void changeSurvivesInLogAndSnapshot() {
        ask(new QueueCommand.Create(QUEUE, "/", "q", PLAIN));
        ask(new QueueCommand.Reshape(QUEUE, bounded(2, Overflow.DROP_HEAD)));
        ask(new QueueCommand.Reshape(QUEUE, bounded(3, Overflow.DROP_HEAD)));
        publish(5);
        TestDecision other = TestDecision.keeping();
        QueueMachine replayed = machine(other);
        other.serve(replayed);
        decision.replay(0, replayed);
        assertThat(TestDecision.snapshot(replayed)).isEqualTo(TestDecision.snapshot(machine));
        QueueMachine restored = machine(other);
        restored.restore(ByteBuffer.wrap(TestDecision.snapshot(machine)));
        assertThat(TestDecision.snapshot(restored)).isEqualTo(TestDecision.snapshot(machine));
        assertThat(status(restored).ready()).isEqualTo(3);
    }

    @Test
    void sameSpecIsNoRecord() {
        ask(new QueueCommand.Create(QUEUE, "/", "q", PLAIN));
        int before = decision.records().size();
        ask(new QueueCommand.Reshape(QUEUE, PLAIN));
        ask(new QueueCommand.Create(QUEUE, "/", "q", PLAIN));
        assertThat(decision.records()).hasSize(before);
    }

    @Test
    void creationOfAKnownQueueChangesIt() {
        ask(new QueueCommand.Create(QUEUE, "/", "q", PLAIN));
        publish(5);
        ask(new QueueCommand.Create(QUEUE, "/", "q", bounded(1, Overflow.DROP_HEAD)));
        assertThat(status(machine).ready()).isEqualTo(1);
    }

    @Test
    void goneQueueStaysGone() {
        ask(new QueueCommand.Reshape(QUEUE, PLAIN));
        assertThat(decision.records()).isEmpty();
    }

    private final class Listener implements QueueClient {
        @Override
        public void onAccepted(long from, long to) {
            throw new AssertionError("nobody asked for a confirm");
        }

        @Override
        public void onRefused(long token, Reason reason) {
            throw new AssertionError("nobody asked for a confirm");
        }

        @Override
        public void onDelivery(Delivery delivery) {
            throw new AssertionError("nobody consumes");
        }

        @Override
        public void onReply(long token, QueueReply reply) {
            replies.add(reply);
        }

        @Override
        public void onCancelled(long consumer) {
            throw new AssertionError("nobody consumes");
        }
    }

    /// A node without exchanges.
    private static final class Nowhere implements QueueHost {
        @Override
        public void toTopics(String host, long move, @Nullable Message message) {
            throw new IllegalStateException("nobody subscribes");
        }

        @Override
        public int shard() {
            return 0;
        }

        @Override
        public List<Destination> route(
                String host, String exchange, List<String> keys, @Nullable FieldTable headers) {
            return List.of();
        }

        @Override
        public void onGone(long queue) {
            throw new AssertionError("queue " + queue + " ended");
        }

        @Override
        public void onDamaged(String queue, long position) {
            throw new AssertionError("damage in " + queue);
        }
    }
}
