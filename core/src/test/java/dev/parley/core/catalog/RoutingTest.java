package dev.parley.core.catalog;

import static dev.parley.core.catalog.Office.table;
import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.core.catalog.CatalogCommand.Link;
import dev.parley.core.message.FieldTable;
import dev.parley.core.message.FieldValue;
import dev.parley.core.shard.Limits;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Which queues a message reaches, rule by rule.
class RoutingTest {
    private final Office office = new Office();

    @Test
    void defaultExchangeGoesByTheQueuesName() {
        office.queue("a");
        office.queue("b");
        assertThat(office.route("", "a")).containsExactly("a");
        assertThat(office.route("", "none")).isEmpty();
        assertThat(office.route("", "b", "a", "b")).containsExactly("b", "a");
    }

    @Test
    void directGoesByTheKey() {
        connect("amq.direct", "a", "k1");
        connect("amq.direct", "b", "k1");
        connect("amq.direct", "b", "k2");
        assertThat(office.route("amq.direct", "k1")).containsExactly("a", "b");
        assertThat(office.route("amq.direct", "k2")).containsExactly("b");
        assertThat(office.route("amq.direct", "K1")).isEmpty();
        office.unbind(new Link("amq.direct", "a", true, "k1", FieldTable.EMPTY));
        assertThat(office.route("amq.direct", "k1")).containsExactly("b");
    }

    @Test
    void fanoutGoesToAllOnce() {
        connect("amq.fanout", "a", "x");
        connect("amq.fanout", "b", "y");
        connect("amq.fanout", "b", "z");
        assertThat(office.route("amq.fanout", "anything")).containsExactly("a", "b");
        connect("amq.fanout", "c", "");
        assertThat(office.route("amq.fanout", "anything")).containsExactly("a", "b", "c");
    }

    @ParameterizedTest
    @CsvSource({
        "a.b, a.b, true",
        "a.b, a.b.c, false",
        "*, a, true",
        "*, '', false",
        "*, a.b, false",
        "#, '', true",
        "#, a.b.c, true",
        "#, ., true",
        "'', '', true",
        "'', a, false",
        "*.*, ., true",
        "*.*, a., true",
        "a.*, a., true",
        "a.*, a, false",
        "a.#, a, true",
        "a.#, a.b.c, true",
        "a.#, ab, false",
        "#.a, a, true",
        "#.a, b.c.a, true",
        "#.a, b.c.a.d, false",
        "a.#.b, a.b, true",
        "a.#.b, a.x.y.b, true",
        "a.#.b, a.x.y, false",
        "#.#, a, true",
        "#.*, '', false",
        "#.*, a, true",
        "*.#, '', false",
        "#.a.#, x.a.y, true",
        "#.a.#, x.y, false",
        "#.a.#.a.#, a, false",
        "#.a.#.a.#, x.a.a, true",
        "a.*.#.b, a.b, false",
        "a.*.#.b, a.x.b, true",
        "a.b, a.#, false",
        "*, '*', true",
        "a*, ab, false"
    })
    void topicGoesByWords(String pattern, String key, boolean matches) {
        connect("amq.topic", "q", pattern);
        List<String> expected = matches ? List.of("q") : List.of();
        assertThat(office.route("amq.topic", key)).isEqualTo(expected);
        assertThat(office.route("amq.topic", key)).isEqualTo(expected);
        office.unbind(new Link("amq.topic", "q", true, pattern, FieldTable.EMPTY));
        assertThat(office.route("amq.topic", key)).isEmpty();
    }

    @Test
    void topicWithManyHashesIsQuick() {
        connect("amq.topic", "q", "#.a".repeat(60) + ".#");
        assertThat(office.route("amq.topic", "a.".repeat(120) + "b")).isEmpty();
        connect("amq.topic", "r", "#.a.".repeat(60) + "#");
        assertThat(office.route("amq.topic", "a.".repeat(120) + "b")).containsExactly("r");
    }

    @Test
    void removedPatternLeavesNothingBehind() {
        TopicTrie trie = new TopicTrie();
        Exchange source = office.exchange("amq.topic");
        Binding one = binding(source, "a.#.b");
        Binding two = binding(source, "a.#");
        trie.add(one);
        trie.add(two);
        trie.remove(one);
        assertThat(trie.match("a.x.b")).containsExactly(two);
        trie.remove(one);
        trie.remove(two);
        assertThat(trie.isEmpty()).isTrue();
    }

    private Binding binding(Exchange source, String key) {
        Link link = new Link(source.name(), "q", true, key, FieldTable.EMPTY);
        return new Binding(source, office.queue("q"), null, link);
    }

    static List<Arguments> headerCases() {
        FieldValue nothing = new FieldValue.Absent();
        FieldValue single = new FieldValue.Float32(0.5f);
        FieldValue twice = new FieldValue.Float64(0.5);
        return List.of(
                Arguments.of(table(), table("a", 1), true),
                Arguments.of(table("x-match", "any"), table("a", 1), false),
                Arguments.of(table("a", 1), table("a", 1, "b", 2), true),
                Arguments.of(table("a", 1, "b", 2), table("a", 1), false),
                Arguments.of(table("x-match", "all", "a", 1), table("a", 2), false),
                Arguments.of(table("x-match", "any", "a", 1, "b", 2), table("b", 2), true),
                Arguments.of(table("x-match", "any", "a", 1, "b", 2), table("b", 3), false),
                Arguments.of(table("a", 1), table("a", 1L), true),
                Arguments.of(table("a", 1), table("a", "1"), false),
                Arguments.of(table("a", "v"), table("a", "v"), true),
                Arguments.of(table("a", true), table("a", true), true),
                Arguments.of(table("a", true), table("a", 1), false),
                Arguments.of(table("a", single), table("a", twice), true),
                Arguments.of(table("a", nothing), table("a", "anything"), true),
                Arguments.of(table("a", nothing), table("a", nothing), true),
                Arguments.of(table("a", nothing), table("b", 1), false),
                Arguments.of(table("a", 1), table("a", nothing), false),
                Arguments.of(table("x-a", 1), table(), true),
                Arguments.of(table("x-match", "any", "x-a", 1), table("x-a", 1), false),
                Arguments.of(table("x-match", "all-with-x", "x-a", 1), table(), false),
                Arguments.of(table("x-match", "all-with-x", "x-a", 1), table("x-a", 1), true),
                Arguments.of(table("x-match", "any-with-x", "x-a", 1), table("x-a", 1), true),
                Arguments.of(
                        table("x-match", "any-with-x", "a", 1), table("x-match", "any"), false));
    }

    @ParameterizedTest
    @MethodSource("headerCases")
    void headersAreCompared(FieldTable wanted, FieldTable headers, boolean matches) {
        office.queue("q");
        office.bind(new Link("amq.headers", "q", true, "", wanted));
        assertThat(office.route("amq.headers", headers, "")).hasSize(matches ? 1 : 0);
    }

    @Test
    void aMessageMayHaveNoHeaders() {
        connect("amq.direct", "q", "k");
        Routes routes = new Routes();
        office.host().route(office.exchange("amq.direct"), List.of("k"), null, routes);
        assertThat(routes.size()).isEqualTo(1);
        office.bind(new Link("amq.headers", "q", true, "", FieldTable.EMPTY));
        office.host().route(office.exchange("amq.headers"), List.of("k"), null, routes);
        assertThat(routes.size()).isEqualTo(1);
    }

    @Test
    void exchangesLeadToExchanges() {
        office.declareExchange("in", "fanout");
        office.declareExchange("out", "direct");
        office.bind(new Link("in", "out", false, "ignored", FieldTable.EMPTY));
        office.bind(new Link("out", "in", false, "k", FieldTable.EMPTY));
        connect("out", "a", "k");
        connect("in", "a", "");
        connect("in", "b", "");
        assertThat(office.route("in", "k")).containsExactly("a", "b");
        assertThat(office.route("out", "k")).containsExactly("a", "b");
        assertThat(office.route("out", "other")).isEmpty();
    }

    @Test
    void exchangeWithoutAMatchOfItsOwnUsesItsAlternate() {
        office.declareExchange("start", "fanout");
        office.declareExchange(
                "middle", "direct", true, false, table("alternate-exchange", "last"));
        office.declareExchange(
                "last", "fanout", true, false, table("alternate-exchange", "middle"));
        office.bind(new Link("start", "middle", false, "", FieldTable.EMPTY));
        connect("start", "always", "");
        connect("middle", "matched", "k");
        assertThat(office.route("start", "k")).containsExactly("always", "matched");
        assertThat(office.route("start", "other")).containsExactly("always");
        connect("last", "rest", "");
        assertThat(office.route("start", "other")).containsExactly("always", "rest");
        assertThat(office.route("middle", "k")).containsExactly("matched");
    }

    @Test
    void alternateIsDecidedForAllKeysTogether() {
        office.declareExchange(
                "x", "direct", true, false, table("alternate-exchange", "amq.fanout"));
        connect("x", "matched", "k");
        connect("amq.fanout", "rest", "");
        assertThat(office.route("x", "other", "k")).containsExactly("matched");
        assertThat(office.route("x", "other", "another")).containsExactly("rest");
    }

    @Test
    void alternateThatIsMissingIsNoError() {
        office.declareExchange("x", "direct", true, false, table("alternate-exchange", "none"));
        assertThat(office.route("x", "k")).isEmpty();
        office.declareExchange("none", "fanout");
        connect("none", "q", "");
        assertThat(office.route("x", "k")).containsExactly("q");
    }

    @Test
    void exchangesOnTheWayAreBounded() {
        for (int i = 0; i <= Limits.ROUTE_HOPS; i++) {
            office.declareExchange("x" + i, "fanout");
        }
        for (int i = 0; i < Limits.ROUTE_HOPS; i++) {
            office.bind(new Link("x" + i, "x" + (i + 1), false, "", FieldTable.EMPTY));
        }
        connect("x" + (Limits.ROUTE_HOPS - 1), "reached", "");
        connect("x" + Limits.ROUTE_HOPS, "beyond", "");
        assertThat(office.route("x0", "")).containsExactly("reached");
    }

    @Test
    void rememberedMatchesAreForgottenAtTheirBoundAndOnChange() {
        connect("amq.topic", "a", "#");
        for (int i = 0; i < 20_000; i++) {
            assertThat(office.route("amq.topic", "key." + i)).containsExactly("a");
        }
        connect("amq.topic", "b", "key.*");
        assertThat(office.route("amq.topic", "key.1")).containsExactlyInAnyOrder("a", "b");
        office.removeQueue(office.queue("a").id());
        assertThat(office.route("amq.topic", "key.1")).containsExactly("b");
    }

    private void connect(String exchange, String queue, String key) {
        office.queue(queue);
        assertThat(office.bind(exchange, queue, key)).isEqualTo(new CatalogReply.Done());
    }
}
