package dev.parley.sim;

import dev.parley.core.message.FieldTable;
import dev.parley.core.message.FieldValue;
import dev.parley.core.queue.PeekedMessage;
import dev.parley.core.queue.PeekedMessage.Standing;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What is promised about getting on: when nothing is under way any more, no message waits that
/// could go.
final class Stalls {
    private final Ledger ledger;
    private final SimQueue queue;
    private final List<PeekedMessage> messages;

    /// Groups of which a consumer has a message, or one rests.
    private final Set<String> stopped = new HashSet<>();

    private Stalls(Ledger ledger, SimQueue queue, List<PeekedMessage> messages) {
        this.ledger = ledger;
        this.queue = queue;
        this.messages = messages;
    }

    /// Everything is at rest, and `found` stands in the queues.
    static void check(
            Ledger ledger, List<SimClient> clients, Map<String, List<PeekedMessage>> found) {
        found.forEach((name, messages) -> {
            SimQueue queue = ledger.queue(name);
            Stalls stalls = new Stalls(ledger, queue, messages);
            stalls.checkTimes();
            if (!queue.mayBePaused() && someoneIsEager(queue, clients)) {
                stalls.checkWaiting();
            }
        });
    }

    /// Whether somebody takes whatever comes; of a queue with one active consumer, everybody.
    private static boolean someoneIsEager(SimQueue queue, List<SimClient> clients) {
        boolean some = false;
        boolean all = true;
        for (SimClient client : clients) {
            for (SimChannel channel : client.channels()) {
                Boolean eager = channel.eagerFor(queue);
                some |= Boolean.TRUE.equals(eager);
                all &= !Boolean.FALSE.equals(eager);
            }
        }
        return some && (all || !queue.plan().single());
    }

    private void checkTimes() {
        long now = ledger.now();
        for (PeekedMessage message : messages) {
            Copy copy = copy(message);
            boolean waits =
                    message.standing() == Standing.SCHEDULED
                            || message.standing() == Standing.RESTING;
            if (waits && message.dueMillis() <= now) {
                throw new Violation("is due and waits all the same: %s".formatted(copy));
            }
            if (message.standing() == Standing.TAKEN
                    && copy != null
                    && copy.holder != null
                    && Times.mayHaveLapsed(copy, now)) {
                throw new Violation("its lease is over and nobody else gets it: " + copy);
            }
            String group = group(message);
            if (group != null && (waits || message.standing() == Standing.TAKEN)) {
                stopped.add(group);
            }
        }
    }

    private void checkWaiting() {
        for (PeekedMessage message : messages) {
            Copy copy = copy(message);
            boolean ready = message.standing() == Standing.READY;
            boolean held = message.standing() == Standing.HELD;
            if ((ready || held) && !stopped.contains(String.valueOf(group(message)))) {
                throw new Violation(
                        "%s waits in %s as %s, and somebody waits for it: %s"
                                .formatted(
                                        id(message),
                                        queue.plan().name(),
                                        message.standing(),
                                        copy));
            }
        }
    }

    private @Nullable String group(PeekedMessage message) {
        FieldTable headers = Handed.headers(properties(message));
        FieldValue group = headers == null ? null : headers.get(QueuePlan.GROUP);
        return group == null || !queue.plan().grouped() ? null : group.asText();
    }

    private @Nullable Copy copy(PeekedMessage message) {
        return queue.copy(id(message));
    }

    private static Letter.Id id(PeekedMessage message) {
        return Letter.Id.of(properties(message));
    }

    private static byte[] properties(PeekedMessage message) {
        ByteBuffer list = message.properties().duplicate();
        byte[] properties = new byte[list.remaining()];
        list.get(properties);
        return properties;
    }
}
