package dev.parley.front.amqp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.core.catalog.CatalogCommand;
import dev.parley.core.catalog.Policy;
import dev.parley.core.catalog.QueueEntry;
import dev.parley.core.message.FieldTable;
import dev.parley.core.message.FieldValue;
import dev.parley.core.queue.QueueSpec;
import dev.parley.core.queue.Retry;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/// How a queue's arguments and a policy's settings go together.
class QueueArgumentsTest {
    private final LoopBroker broker = new LoopBroker();

    /// The queue `q` with one argument, under a policy.
    private QueueSpec spec(String argument, int value, FieldTable policy) {
        LoopSession session = new LoopSession(broker);
        session.feed(Script.handshake());
        Script declare =
                new Script()
                        .method(1, 20, 10, Script.s(""))
                        .method(
                                1,
                                50,
                                10,
                                Script.h(0),
                                Script.s("q"),
                                Script.b(2),
                                Script.table(argument, value));
        session.feed(Script.join(declare.frames()));
        assertThat(session.said()).endsWith("50.11");
        broker.offer(
                0,
                new CatalogCommand.PutPolicy(
                        (token, reply) -> {},
                        0,
                        "/",
                        false,
                        "p",
                        ".*",
                        Policy.Target.QUEUES,
                        0,
                        policy));
        broker.turn();
        QueueEntry queue = Objects.requireNonNull(broker.catalog().host("/")).queue("q");
        return QueueArguments.spec(Objects.requireNonNull(queue));
    }

    private static FieldValue number(long value) {
        return new FieldValue.Whole('l', value);
    }

    @Test
    void onlyTheSettingThatClashesFallsAway() {
        QueueSpec spec =
                spec(
                        "x-max-priority",
                        5,
                        FieldTable.builder()
                                .put("max-length", number(7))
                                .put("group-header", FieldValue.text("g"))
                                .put("message-ttl", number(1000))
                                .build());
        assertThat(spec.priorityMax()).isEqualTo(5);
        assertThat(spec.groupHeader()).isNull();
        assertThat(spec.lengthMax()).isEqualTo(7);
        assertThat(spec.ttlMillis()).isEqualTo(1000);
    }

    @Test
    void settingsThatNeedEachOtherStayTogetherBesideOneThatClashes() {
        QueueSpec spec =
                spec(
                        "x-delayed-retry-min",
                        5000,
                        FieldTable.builder()
                                .put("delayed-retry-max", number(1000))
                                .put("dead-letter-routing-key", FieldValue.text("key"))
                                .put("dead-letter-exchange", FieldValue.text("dead"))
                                .build());
        assertThat(spec.retry().minMillis()).isEqualTo(5000);
        assertThat(spec.retry().maxMillis()).isGreaterThan(5000);
        assertThat(spec.retry().on()).isEqualTo(Retry.On.ALL);
        assertThat(spec.deadLetterExchange()).isEqualTo("dead");
        assertThat(spec.deadLetterKey()).isEqualTo("key");
    }

    @Test
    void aPolicyThatClashesNowhereCountsWhole() {
        QueueSpec spec =
                spec(
                        "x-max-length",
                        9,
                        FieldTable.builder()
                                .put("max-length", number(7))
                                .put("group-header", FieldValue.text("g"))
                                .build());
        assertThat(spec.lengthMax()).isEqualTo(7);
        assertThat(spec.groupHeader()).isEqualTo("g");
    }
}
