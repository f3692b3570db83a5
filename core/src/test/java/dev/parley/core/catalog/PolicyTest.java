package dev.parley.core.catalog;

import static dev.parley.core.catalog.Office.table;
import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.api.Reason;
import dev.parley.core.catalog.Policy.Target;
import dev.parley.core.message.FieldTable;
import dev.parley.core.shard.TestDecision;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Policies: which one counts, how it goes together with arguments and operators' bounds, and that
/// it survives.
class PolicyTest {
    private static final CatalogReply DONE = new CatalogReply.Done();

    private final Office office = new Office();

    private CatalogReply put(
            String name, String pattern, Target target, long priority, FieldTable definition) {
        return put(false, name, pattern, target, priority, definition);
    }

    private CatalogReply put(
            boolean operator,
            String name,
            String pattern,
            Target target,
            long priority,
            FieldTable definition) {
        return office.ask((client, token) ->
                new CatalogCommand.PutPolicy(
                        client, token, "/", operator, name, pattern, target, priority, definition));
    }

    private CatalogReply remove(String name) {
        return office.ask((client, token) ->
                new CatalogCommand.RemovePolicy(client, token, "/", false, name));
    }

    private FieldTable settings(String queue) {
        return office.queue(queue).settings();
    }

    private static FieldTable ttl(int millis) {
        return table("message-ttl", millis);
    }

    @Test
    void theHighestPriorityCountsAlone() {
        put("low", "^orders", Target.QUEUES, 1, table("message-ttl", 10, "max-length", 5));
        put("high", "^orders\\.eu", Target.QUEUES, 2, ttl(20));
        assertThat(settings("orders.eu")).isEqualTo(table("x-message-ttl", 20));
        assertThat(settings("orders.us")).isEqualTo(table("x-message-ttl", 10, "x-max-length", 5));
        assertThat(settings("others")).isEqualTo(FieldTable.EMPTY);
    }

    @Test
    void ofEqualsTheFirstByNameCounts() {
        put("b", ".*", Target.QUEUES, 0, ttl(2));
        put("a", ".*", Target.QUEUES, 0, ttl(1));
        assertThat(settings("q")).isEqualTo(table("x-message-ttl", 1));
    }

    @Test
    void existingQueuesFollow() {
        office.queue("q");
        put("p", "q", Target.ALL, 0, ttl(1));
        assertThat(settings("q")).isEqualTo(table("x-message-ttl", 1));
        put("p", "q", Target.ALL, 0, ttl(2));
        assertThat(settings("q")).isEqualTo(table("x-message-ttl", 2));
        put("p", "other", Target.ALL, 0, ttl(2));
        assertThat(settings("q")).isEqualTo(FieldTable.EMPTY);
        put("p", "", Target.ALL, 0, ttl(3));
        assertThat(settings("q"))
                .as("an empty pattern matches all")
                .isEqualTo(table("x-message-ttl", 3));
        assertThat(remove("p")).isEqualTo(DONE);
        assertThat(settings("q")).isEqualTo(FieldTable.EMPTY);
        assertThat(Office.reason(remove("p"))).isInstanceOf(Reason.NotFound.class);
    }

    @ParameterizedTest
    @CsvSource({
        "ALL, true, true",
        "QUEUES, true, true",
        "CLASSIC_QUEUES, true, false",
        "QUORUM_QUEUES, false, true",
        "STREAMS, false, false",
        "EXCHANGES, false, false"
    })
    void targetsChooseByKind(Target target, boolean classic, boolean quorum) {
        office.declareQueue("classic", FieldTable.EMPTY);
        office.declareQueue("quorum", table("x-queue-type", "quorum"));
        put("p", ".*", target, 0, ttl(1));
        assertThat(office.queue("classic").policies().policy() != null).isEqualTo(classic);
        assertThat(office.queue("quorum").policies().policy() != null).isEqualTo(quorum);
    }

    @Test
    void lowerBoundsCountAndOtherArgumentsWin() {
        office.declareQueue(
                "q",
                table(
                        "x-message-ttl",
                        50,
                        "x-max-length",
                        5,
                        "x-overflow",
                        "reject-publish",
                        "x-dead-letter-exchange",
                        "mine"));
        put(
                "p",
                "q",
                Target.QUEUES,
                0,
                table(
                        "message-ttl", 10,
                        "max-length", 50,
                        "overflow", "drop-head",
                        "dead-letter-exchange", "its",
                        "dead-letter-routing-key", "key",
                        "ha-mode", "all"));
        assertThat(settings("q"))
                .isEqualTo(
                        table(
                                "x-message-ttl", 10,
                                "x-max-length", 5,
                                "x-overflow", "reject-publish",
                                "x-dead-letter-exchange", "mine",
                                "x-dead-letter-routing-key", "key"));
    }

    @Test
    void whatOnlyParleyHasIsSetByPolicyToo() {
        office.declareQueue("q", table("x-delayed-retry-min", 5, "x-consumer-timeout", 9_000));
        put(
                "p",
                "q",
                Target.QUEUES,
                0,
                table(
                        "delayed-retry-type",
                        "all",
                        "delayed-retry-min",
                        1_000,
                        "consumer-timeout",
                        1_000,
                        "message-deduplication",
                        true,
                        "group-header",
                        "customer"));
        assertThat(settings("q"))
                .isEqualTo(
                        table(
                                "x-delayed-retry-min",
                                5,
                                "x-consumer-timeout",
                                1_000,
                                "x-delayed-retry-type",
                                "all",
                                "x-message-deduplication",
                                true,
                                "x-group-header",
                                "customer"));
        assertThat(fault(table("delayed-retry-type", "never")))
                .isEqualTo("never is not a valid retry type");
    }

    @Test
    void deadLetterKeyAloneLeadsNowhere() {
        put("p", "q", Target.QUEUES, 0, table("dead-letter-routing-key", "key"));
        assertThat(settings("q")).isEqualTo(FieldTable.EMPTY);
    }

    @Test
    void noBoundOnDeliveriesYieldsToAnyBound() {
        office.declareQueue("bounded", table("x-delivery-limit", 3));
        office.declareQueue("free", table("x-delivery-limit", -1));
        put("p", ".*", Target.QUEUES, 0, table("delivery-limit", -1));
        assertThat(settings("bounded")).isEqualTo(table("x-delivery-limit", 3));
        put("p", ".*", Target.QUEUES, 0, table("delivery-limit", 7));
        assertThat(settings("bounded")).isEqualTo(table("x-delivery-limit", 3));
        assertThat(settings("free")).isEqualTo(table("x-delivery-limit", 7));
    }

    @Test
    void operatorsBoundPoliciesAndArguments() {
        office.declareQueue("q", table("x-max-length", 100));
        put("p", "q", Target.QUEUES, 0, table("message-ttl", 5, "overflow", "drop-head"));
        put(
                true,
                "o",
                ".*",
                Target.QUEUES,
                0,
                table("message-ttl", 50, "max-length", 10, "overflow", "reject-publish"));
        assertThat(settings("q"))
                .isEqualTo(
                        table(
                                "x-max-length", 10,
                                "x-message-ttl", 5,
                                "x-overflow", "reject-publish"));
        assertThat(office.queue("q").policies().definition())
                .isEqualTo(table("message-ttl", 5, "overflow", "reject-publish", "max-length", 10));
    }

    @Test
    void alternateExchangeComesFromPolicyUnlessDeclared() {
        office.declareExchange("main", "direct");
        office.declareExchange("own", "direct", true, false, table("alternate-exchange", "b"));
        office.declareExchange("a", "fanout");
        office.declareExchange("b", "fanout");
        office.queue("qa");
        office.queue("qb");
        office.bind("a", "qa", "");
        office.bind("b", "qb", "");
        assertThat(office.route("main", "k")).isEmpty();
        put("p", "^(main|own)$", Target.EXCHANGES, 0, table("alternate-exchange", "a"));
        assertThat(office.route("main", "k")).containsExactly("qa");
        assertThat(office.route("own", "k")).containsExactly("qb");
        remove("p");
        assertThat(office.route("main", "k")).isEmpty();
    }

    @Test
    void wrongDefinitionsAreRefusedInRabbitsWords() {
        assertThat(fault(table())).isEqualTo("no policy provided");
        assertThat(fault(table("message-ttl", "soon")))
                .isEqualTo("soon is not a valid message TTL");
        assertThat(fault(table("expires", 0))).isEqualTo("0 is not a valid queue expiry");
        assertThat(fault(table("overflow", "spill")))
                .isEqualTo("spill is not a valid overflow value");
        assertThat(fault(table("alternate-exchange", 1)))
                .isEqualTo("1 is not a valid alternate exchange name");
        assertThat(fault(table("max-lenght", 1)))
                .isEqualTo("[max-lenght] are not recognised policy settings");
        Reason operator =
                Office.reason(
                        put(true, "o", ".*", Target.ALL, 0, table("dead-letter-exchange", "x")));
        assertThat(operator.detail()).contains("not recognised");
        assertThat(Office.reason(put("p", "(", Target.ALL, 0, ttl(1))))
                .isInstanceOf(Reason.Invalid.class);
        assertThat(office.host().policies(false)).isEmpty();
    }

    private String fault(FieldTable definition) {
        String detail = Office.reason(put("p", ".*", Target.ALL, 0, definition)).detail();
        assertThat(detail).startsWith("Validation failed\n\n").endsWith("\n");
        return detail.substring(19, detail.length() - 1);
    }

    @Test
    void policiesSurviveInLogAndSnapshot() {
        office.queue("q");
        put("p", "q", Target.QUEUES, 7, ttl(1));
        put("gone", "q", Target.QUEUES, 9, ttl(2));
        put(true, "o", "q", Target.ALL, -1, table("max-length", 3));
        remove("gone");
        CatalogMachine replayed = new CatalogMachine(16);
        office.decision.replay(0, replayed);
        CatalogMachine restored = new CatalogMachine(16);
        restored.restore(ByteBuffer.wrap(TestDecision.snapshot(office.machine)));
        for (CatalogMachine machine : List.of(replayed, restored)) {
            VirtualHost host = Objects.requireNonNull(machine.catalog().host("/"));
            QueueEntry queue = Objects.requireNonNull(host.queue("q"));
            assertThat(queue.settings()).isEqualTo(table("x-message-ttl", 1, "x-max-length", 3));
            assertThat(host.policies(false)).hasSize(1);
            Policy policy = host.policies(false).getFirst();
            assertThat(policy.priority()).isEqualTo(7);
            assertThat(policy.target()).isEqualTo(Target.QUEUES);
            assertThat(policy.pattern()).isEqualTo("q");
        }
    }

    @Test
    void followersHearWhichQueuesHaveToChange() {
        List<QueueEntry> heard = new ArrayList<>();
        office.machine.follow(
                new Follower() {
                    @Override
                    public void onChange(Catalog catalog) {
                        // Not what this test is about.
                    }

                    @Override
                    public void onReshaped(Collection<QueueEntry> queues) {
                        heard.addAll(queues);
                    }
                });
        QueueEntry a = office.queue("a");
        QueueEntry b = office.queue("b");
        office.queue("c");
        office.machine.onTurnEnd(office.decision);
        assertThat(heard).isEmpty();
        put("p", "a", Target.QUEUES, 0, ttl(1));
        office.machine.onTurnEnd(office.decision);
        assertThat(heard).containsExactly(a);
        heard.clear();
        put("p", "b", Target.QUEUES, 0, ttl(1));
        office.machine.onTurnEnd(office.decision);
        assertThat(heard).containsExactly(a, b);
        heard.clear();
        remove("p");
        office.machine.onTurnEnd(office.decision);
        assertThat(heard).containsExactly(b);
    }
}
