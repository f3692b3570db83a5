package dev.parley.core.catalog;

import static dev.parley.core.catalog.Office.reason;
import static dev.parley.core.catalog.Office.table;
import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.api.Reason;
import dev.parley.core.catalog.CatalogCommand.Link;
import dev.parley.core.message.FieldTable;
import dev.parley.core.shard.TestDecision;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What may be declared, bound and deleted, and the words of a refusal.
class DeclareTest {
    private static final CatalogReply DONE = new CatalogReply.Done();

    private final Office office = new Office();

    @ParameterizedTest
    @CsvSource({
        "'',DIRECT,false",
        "amq.direct,DIRECT,false",
        "amq.fanout,FANOUT,false",
        "amq.topic,TOPIC,false",
        "amq.headers,HEADERS,false",
        "amq.match,HEADERS,false",
        "amq.rabbitmq.trace,TOPIC,true"
    })
    void newHostHasItsExchanges(String name, Exchange.Type type, boolean internal) {
        Exchange exchange = office.exchange(name);
        assertThat(exchange.type()).isEqualTo(type);
        assertThat(exchange.internal()).isEqualTo(internal);
        assertThat(exchange.durable()).isTrue();
    }

    @Test
    void secondDeclarationWithTheSamePropertiesIsDone() {
        assertThat(office.declareExchange("x", "topic")).isEqualTo(DONE);
        assertThat(office.declareExchange("x", "topic")).isEqualTo(DONE);
        FieldTable asInt = table("x-message-ttl", 1000, "x-other", "a");
        FieldTable asLong = table("x-message-ttl", 1000L, "x-other", "b");
        CatalogReply first = office.declareQueue("q", asInt);
        CatalogReply second = office.declareQueue("q", asLong);
        assertThat(first).isEqualTo(new CatalogReply.Declared(office.queue("q"), true));
        assertThat(second).isEqualTo(new CatalogReply.Declared(office.queue("q"), false));
    }

    @Test
    void classicIsWhatNoQueueTypeMeans() {
        office.declareQueue("q", FieldTable.EMPTY);
        assertThat(office.declareQueue("q", table("x-queue-type", "classic")))
                .isInstanceOf(CatalogReply.Declared.class);
        assertThat(reason(office.declareQueue("q", table("x-queue-type", "quorum"))))
                .isEqualTo(
                        new Reason.Precondition(
                                "inequivalent arg 'x-queue-type' for queue 'q' in vhost '/':"
                                        + " received the value 'quorum' of type 'longstr'"
                                        + " but current is none"));
    }

    @Test
    void differentPropertyOfAQueueIsNamed() {
        office.declareQueue("q", false, 0, false, table("x-message-ttl", 1000));
        assertThat(reason(office.declareQueue("q", true, 0, false, FieldTable.EMPTY)))
                .isEqualTo(
                        new Reason.Precondition(
                                "inequivalent arg 'durable' for queue 'q' in vhost '/':"
                                        + " received 'true' but current is 'false'"));
        assertThat(reason(office.declareQueue("q", false, 0, true, FieldTable.EMPTY)).detail())
                .startsWith("inequivalent arg 'auto_delete' for queue 'q'");
        assertThat(reason(office.declareQueue("q", false, 0, false, FieldTable.EMPTY)).detail())
                .isEqualTo(
                        "inequivalent arg 'x-message-ttl' for queue 'q' in vhost '/':"
                                + " received none but current is the value '1000'"
                                + " of type 'signedint'");
        FieldTable other = table("x-message-ttl", 2000L);
        assertThat(reason(office.declareQueue("q", false, 0, false, other)).detail())
                .endsWith("received '2000' but current is '1000'");
    }

    @Test
    void differentPropertyOfAnExchangeIsNamed() {
        office.declareExchange("x", "direct");
        assertThat(reason(office.declareExchange("x", "fanout")))
                .isEqualTo(
                        new Reason.Precondition(
                                "inequivalent arg 'type' for exchange 'x' in vhost '/':"
                                        + " received 'fanout' but current is 'direct'"));
        FieldTable other = table("alternate-exchange", "y");
        assertThat(reason(office.declareExchange("x", "direct", true, false, other)).detail())
                .contains("arg 'alternate-exchange'", "received the value 'y' of type 'longstr'");
        FieldTable unknown = table("x-anything", "y");
        assertThat(office.declareExchange("x", "direct", true, false, unknown)).isEqualTo(DONE);
    }

    @Test
    void exclusiveQueueIsItsConnectionsOnly() {
        office.declareQueue("q", false, 5, false, FieldTable.EMPTY);
        assertThat(office.declareQueue("q", false, 5, false, FieldTable.EMPTY))
                .isInstanceOf(CatalogReply.Declared.class);
        for (long other : new long[] {0, 6}) {
            assertThat(reason(office.declareQueue("q", false, other, false, FieldTable.EMPTY)))
                    .isEqualTo(CatalogMachine.locked(office.queue("q")))
                    .isInstanceOf(Reason.Locked.class);
        }
        office.declareQueue("open", FieldTable.EMPTY);
        assertThat(reason(office.declareQueue("open", true, 5, false, FieldTable.EMPTY)))
                .isInstanceOf(Reason.Locked.class);
        assertThat(CatalogMachine.locked(office.queue("q")).detail())
                .startsWith("cannot obtain exclusive access to locked queue 'q' in vhost '/'.");
    }

    @Test
    void queuesOfAConnectionGoTogether() {
        office.declareQueue("a", false, 5, false, FieldTable.EMPTY);
        office.declareQueue("b", false, 5, false, FieldTable.EMPTY);
        office.declareQueue("c", false, 6, false, FieldTable.EMPTY);
        QueueEntry a = office.queue("a");
        QueueEntry b = office.queue("b");
        CatalogReply reply =
                office.ask((client, token) -> new CatalogCommand.RemoveOwned(client, token, 5));
        assertThat(reply).isEqualTo(new CatalogReply.Removed(List.of(a, b)));
        assertThat(office.host().queues()).containsExactly(office.queue("c"));
        assertThat(office.machine.catalog().owned(5)).isEmpty();
    }

    @Test
    void reservedNamesAreRefused() {
        assertThat(reason(office.declareExchange("amq.mine", "direct")))
                .isEqualTo(
                        new Reason.Denied(
                                "exchange name 'amq.mine' contains reserved prefix 'amq.*'"));
        assertThat(office.declareExchange("amq.direct", "direct")).isEqualTo(DONE);
        assertThat(reason(office.declareQueue("amq.mine", FieldTable.EMPTY)))
                .isEqualTo(
                        new Reason.Denied(
                                "queue name 'amq.mine' contains reserved prefix 'amq.*'"));
        assertThat(reason(office.deleteExchange("amq.direct", false)))
                .isEqualTo(
                        new Reason.Denied(
                                "deletion of system exchange 'amq.direct' in vhost '/'"
                                        + " not allowed"));
    }

    @Test
    void defaultExchangeIsNotToBeTouched() {
        Reason denied = new Reason.Denied("operation not permitted on the default exchange");
        office.queue("q");
        Link to = new Link("amq.direct", "", false, "k", FieldTable.EMPTY);
        Link from = new Link("", "q", true, "k", FieldTable.EMPTY);
        assertThat(reason(office.declareExchange("", "direct"))).isEqualTo(denied);
        assertThat(reason(office.deleteExchange("", false))).isEqualTo(denied);
        assertThat(reason(office.bind(from))).isEqualTo(denied);
        assertThat(reason(office.bind(to))).isEqualTo(denied);
        assertThat(reason(office.unbind(from))).isEqualTo(denied);
        assertThat(reason(office.unbind(to))).isEqualTo(denied);
    }

    @Test
    void whatIsMissingIsNamed() {
        assertThat(reason(office.declareExchange("x", "x-unheard-of")))
                .isEqualTo(new Reason.Unsupported("unknown exchange type 'x-unheard-of'"));
        assertThat(reason(office.bind("x", "q", "k")))
                .isEqualTo(new Reason.NotFound("no exchange 'x' in vhost '/'"));
        assertThat(reason(office.bind("amq.direct", "q", "k")))
                .isEqualTo(new Reason.NotFound("no queue 'q' in vhost '/'"));
        assertThat(reason(office.bind(new Link("amq.direct", "y", false, "", FieldTable.EMPTY))))
                .isEqualTo(new Reason.NotFound("no exchange 'y' in vhost '/'"));
        CatalogReply elsewhere =
                office.ask((client, token) ->
                        new CatalogCommand.DeclareQueue(
                                client, token, "no", "q", true, 0, false, FieldTable.EMPTY));
        assertThat(reason(elsewhere)).isEqualTo(new Reason.NotFound("no vhost 'no'"));
    }

    @Test
    void removingWhatIsNotThereIsDone() {
        office.queue("q");
        Link link = new Link("amq.direct", "q", true, "k", FieldTable.EMPTY);
        Link noSuch = new Link("no", "no", true, "k", FieldTable.EMPTY);
        assertThat(office.deleteExchange("no", true)).isEqualTo(DONE);
        assertThat(office.unbind(link)).isEqualTo(DONE);
        assertThat(office.unbind(noSuch)).isEqualTo(DONE);
        assertThat(office.removeQueue(999)).isEqualTo(new CatalogReply.Removed(List.of()));
    }

    @Test
    void usedExchangeStaysIfUnusedIsAsked() {
        office.declareExchange("x", "direct");
        office.queue("q");
        office.bind("x", "q", "k");
        assertThat(reason(office.deleteExchange("x", true)))
                .isEqualTo(new Reason.Precondition("exchange 'x' in vhost '/' in use"));
        assertThat(office.deleteExchange("x", false)).isEqualTo(DONE);
        assertThat(office.host().exchange("x")).isNull();
        assertThat(office.queue("q").incoming()).isEmpty();
        assertThat(office.host().bindings()).isZero();
    }

    @Test
    void bindingsDifferByKeyAndArguments() {
        office.queue("q");
        Link plain = new Link("amq.headers", "q", true, "k", FieldTable.EMPTY);
        Link other = new Link("amq.headers", "q", true, "k", table("a", 1));
        office.bind(plain);
        office.bind(plain);
        office.bind(other);
        assertThat(office.host().bindings()).isEqualTo(2);
        office.unbind(new Link("amq.headers", "q", true, "k", table("a", 2)));
        assertThat(office.host().bindings()).isEqualTo(2);
        office.unbind(other);
        assertThat(office.exchange("amq.headers").bindings())
                .extracting(Binding::link)
                .containsExactly(plain);
    }

    @Test
    void badMatchModeIsRefused() {
        office.queue("q");
        assertThat(reason(office.bind(headers("x-match", "some"))))
                .isEqualTo(
                        new Reason.Precondition(
                                "Invalid x-match field value <<\"some\">>;"
                                        + " expected all, any, all-with-x, or any-with-x"));
        assertThat(reason(office.bind(headers("x-match", 5))).detail())
                .isEqualTo("Invalid x-match field type signedint (value 5); expected longstr");
    }

    private static Link headers(Object... arguments) {
        return new Link("amq.headers", "q", true, "", table(arguments));
    }

    @Test
    void autoDeleteExchangeGoesWithItsLastBinding() {
        office.declareExchange("first", "fanout", true, true, FieldTable.EMPTY);
        office.declareExchange("second", "fanout", true, true, FieldTable.EMPTY);
        office.queue("q");
        office.bind(new Link("first", "second", false, "", FieldTable.EMPTY));
        office.bind("second", "q", "");
        office.removeQueue(office.queue("q").id());
        assertThat(office.host().exchange("second")).isNull();
        assertThat(office.host().exchange("first")).isNull();
        assertThat(office.host().bindings()).isZero();
    }

    @Test
    void namesAreBounded() {
        String tooLong = "ä".repeat(128);
        assertThat(reason(office.declareExchange(tooLong, "direct")))
                .isInstanceOf(Reason.Invalid.class);
        assertThat(reason(office.declareQueue(tooLong, FieldTable.EMPTY)))
                .isInstanceOf(Reason.Invalid.class);
        office.queue("q");
        assertThat(reason(office.bind("amq.direct", "q", tooLong)))
                .isInstanceOf(Reason.Invalid.class);
        assertThat(office.declareExchange("ä".repeat(127), "direct")).isEqualTo(DONE);
    }

    @Test
    void answerWaitsForTheDisk() {
        CatalogMachine machine = new CatalogMachine(1);
        TestDecision holding = TestDecision.holding(machine);
        List<CatalogReply> replies = new ArrayList<>();
        machine.decide(
                new CatalogCommand.AddHost((token, reply) -> replies.add(reply), 3, "/"), holding);
        machine.decide(new CatalogCommand.AddHost((token, reply) -> {}, 0, "/"), holding);
        assertThat(replies).isEmpty();
        assertThat(holding.keepPromises()).isEqualTo(1);
        assertThat(replies).containsExactly(DONE);
    }

    @Test
    void followersHearOfChangesOncePerTurn() {
        List<Catalog> heard = new ArrayList<>();
        office.machine.onTurnEnd(office.decision);
        office.machine.follow(heard::add);
        office.queue("a");
        office.queue("b");
        office.machine.onTurnEnd(office.decision);
        office.machine.onTurnEnd(office.decision);
        assertThat(heard).containsExactly(office.machine.catalog());
    }

    @Test
    void queuesAreSpreadOverTheShards() {
        int[] perShard = new int[16];
        for (int i = 0; i < 1600; i++) {
            perShard[office.queue("queue-" + i).shard()]++;
        }
        assertThat(perShard)
                .matches(counts ->
                        Arrays.stream(counts).allMatch(count -> count > 50 && count < 200));
        // A name's shard is part of what is on disk: it never changes.
        assertThat(office.queue("queue-1").shard())
                .isEqualTo(new Office().queue("queue-1").shard());
    }

    @Test
    void hostGoesWithAllThatIsInIt() {
        QueueEntry queue = office.queue("q");
        office.declareQueue("mine", false, 5, false, FieldTable.EMPTY);
        QueueEntry mine = office.queue("mine");
        office.bind("amq.direct", "q", "k");
        CatalogReply reply =
                office.ask((client, token) -> new CatalogCommand.RemoveHost(client, token, "/"));
        assertThat(reply).isEqualTo(new CatalogReply.Removed(List.of(queue, mine)));
        assertThat(office.machine.catalog().queues()).isEmpty();
        assertThat(office.machine.catalog().owned(5)).isEmpty();
        List<String> gone = new ArrayList<>();
        office.machine.follow(
                new Follower() {
                    @Override
                    public void onChange(Catalog catalog) {
                        assertThat(gone).containsExactly("/");
                    }

                    @Override
                    public void onHostsGone(Collection<String> hosts) {
                        gone.addAll(hosts);
                    }
                });
        reply = office.ask((client, token) -> new CatalogCommand.AddHost(client, token, "/"));
        assertThat(reply).as("too soon").isInstanceOf(CatalogReply.Refused.class);
        office.machine.onTurnEnd(office.decision);
        assertThat(gone).containsExactly("/");
        office.ask((client, token) -> new CatalogCommand.AddHost(client, token, "/"));
        assertThat(office.host().queues()).isEmpty();
        assertThat(office.queue("q").id()).isGreaterThan(mine.id());
    }
}
