package dev.parley.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.BuiltinExchangeType;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Where exchanges send messages: the four types, exchange-to-exchange, alternate, internal.
class ExchangeTest extends AmqpCase {

    @Test
    void directMatchesTheWholeKey() throws IOException {
        String exchange = exchange("direct");
        String red = bound(exchange, "red");
        String blue = bound(exchange, "blue");
        publish(exchange, "red", PLAIN, "1");
        publish(exchange, "re", PLAIN, "2");
        assertThat(nextText(red)).isEqualTo("1");
        assertThat(ready(red)).isZero();
        assertThat(ready(blue)).isZero();
    }

    @Test
    void twoBindingsOfOneQueueDeliverOnce() throws IOException {
        String exchange = exchange("topic");
        String queue = bound(exchange, "a.#");
        channel.queueBind(queue, exchange, "#.b");
        publish(exchange, "a.b", PLAIN, "once");
        awaitReady(queue, 1);
        assertThat(nextText(queue)).isEqualTo("once");
        assertThat(ready(queue)).isZero();
    }

    @Test
    void fanoutIgnoresTheKey() throws IOException {
        String exchange = exchange("fanout");
        String one = bound(exchange, "x");
        String two = bound(exchange, "");
        publish(exchange, "anything", PLAIN, "m");
        assertThat(nextText(one)).isEqualTo("m");
        assertThat(nextText(two)).isEqualTo("m");
    }

    @ParameterizedTest
    @CsvSource({
        "a.b.c,     a.b.c,   true",
        "a.*.c,     a.b.c,   true",
        "a.*.c,     a..c,    true",
        "a.*.c,     a.c,     false",
        "a.*,       a.b.c,   false",
        "*,         a,       true",
        "*,         a.b,     false",
        "#,         a.b.c,   true",
        "#,         '',      true",
        "a.#,       a,       true",
        "a.#,       a.b.c.d, true",
        "a.#,       ab,      false",
        "#.c,       a.b.c,   true",
        "#.c,       c,       true",
        "a.#.c,     a.c,     true",
        "a.#.c,     a.x.y.c, true",
        "a.#.c,     a.x.y,   false",
        "#.*,       '',      false",
        "*.#,       a,       true",
        "#.b.#,     a.b.c,   true",
        "#.b.#,     a.c,     false",
        "a.*b,      a.xb,    false",
        "a.b#,      a.bcd,   false"
    })
    void topicMatches(String pattern, String key, boolean matches) throws IOException {
        String exchange = exchange("topic");
        String queue = bound(exchange, pattern);
        String all = bound(exchange, "#");
        publish(exchange, key, PLAIN, "m");
        awaitReady(all, 1);
        assertThat(ready(queue)).isEqualTo(matches ? 1 : 0);
    }

    @Test
    void unboundTopicPatternNoLongerMatches() throws IOException {
        String exchange = exchange("topic");
        String queue = bound(exchange, "a.*");
        String all = bound(exchange, "#");
        channel.queueUnbind(queue, exchange, "a.*");
        publish(exchange, "a.b", PLAIN, "m");
        awaitReady(all, 1);
        assertThat(ready(queue)).isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "all,        json, 1,    true",
        "all,        json, 2,    false",
        "all,        json, ,     false",
        "any,        json, 2,    true",
        "any,        xml,  2,    false",
        "all-with-x, json, 1,    false",
        "any-with-x, json, 2,    true"
    })
    void headersMatch(String match, String format, Integer version, boolean matches)
            throws IOException {
        String exchange = exchange("headers");
        String queue = queue();
        // `x-…` headers count only in the -with-x forms: no message here carries x-tier.
        channel.queueBind(
                queue,
                exchange,
                "",
                Map.of("x-match", match, "format", "json", "version", 1, "x-tier", "gold"));
        String every = queue();
        channel.queueBind(every, exchange, "", Map.of("x-match", "all"));
        var headers =
                version == null
                        ? Map.<String, Object>of("format", format)
                        : Map.<String, Object>of("format", format, "version", version);
        publish(exchange, "", headers(headers), "m");
        awaitReady(every, 1);
        assertThat(ready(queue)).isEqualTo(matches ? 1 : 0);
    }

    @Test
    void headersWithXMatchOnXHeaders() throws IOException {
        String exchange = exchange("headers");
        String all = queue();
        channel.queueBind(all, exchange, "", Map.of("x-match", "all-with-x", "x-tier", "gold"));
        String any = queue();
        channel.queueBind(
                any, exchange, "", Map.of("x-match", "any-with-x", "x-tier", "gold", "no", "no"));
        publish(exchange, "", headers(Map.of("x-tier", "gold")), "m");
        assertThat(nextText(all)).isEqualTo("m");
        assertThat(nextText(any)).isEqualTo("m");
    }

    @Test
    void headersValueOfAnotherTypeDoesNotMatch() throws IOException {
        String exchange = exchange("headers");
        String queue = queue();
        channel.queueBind(queue, exchange, "", Map.of("n", "1"));
        String every = queue();
        channel.queueBind(every, exchange, "", Map.of());
        publish(exchange, "", headers(Map.of("n", 1)), "m");
        awaitReady(every, 1);
        assertThat(ready(queue)).isZero();
    }

    @Test
    void headersDefaultToAll() throws IOException {
        String exchange = exchange("headers");
        String queue = queue();
        channel.queueBind(queue, exchange, "", Map.of("a", 1, "b", true));
        publish(exchange, "", headers(Map.of("a", 1)), "no");
        publish(exchange, "", headers(Map.of("a", 1, "b", true, "c", "more")), "yes");
        assertThat(nextText(queue)).isEqualTo("yes");
    }

    @Test
    void exchangesBindToExchanges() throws IOException {
        String source = exchange("topic");
        String target = exchange("fanout");
        String queue = bound(target, "");
        channel.exchangeBind(target, source, "a.#");
        publish(source, "a.b", PLAIN, "through");
        publish(source, "b", PLAIN, "not");
        assertThat(nextText(queue)).isEqualTo("through");
        channel.exchangeUnbind(target, source, "a.#");
        publish(source, "a.b", PLAIN, "unbound");
        publish(target, "", PLAIN, "direct");
        assertThat(nextText(queue)).isEqualTo("direct");
    }

    @Test
    void exchangeCyclesDeliverOnce() throws IOException {
        String one = exchange("fanout");
        String two = exchange("fanout");
        channel.exchangeBind(two, one, "");
        channel.exchangeBind(one, two, "");
        String queue = bound(two, "");
        String end = bound(one, "");
        publish(one, "", PLAIN, "m");
        assertThat(nextText(queue)).isEqualTo("m");
        assertThat(nextText(end)).isEqualTo("m");
        assertThat(ready(queue)).isZero();
    }

    @Test
    void internalExchangeRefusesPublishers() throws IOException {
        String source = exchange("fanout");
        String internal = name();
        channel.exchangeDeclare(internal, "fanout", false, false, true, Map.of());
        afterwards(cleaning -> cleaning.exchangeDelete(internal));
        channel.exchangeBind(internal, source, "");
        String queue = bound(internal, "");
        publish(source, "", PLAIN, "inside");
        assertThat(nextText(queue)).isEqualTo("inside");
        Refusal refusal = refused(on -> on.basicPublish(internal, "", PLAIN, new byte[1]));
        assertThat(refusal.code()).isEqualTo(403);
        assertThat(refusal.connection()).isFalse();
    }

    @Test
    void alternateExchangeTakesTheUnroutable() throws IOException {
        String alternate = exchange("fanout");
        String rest = bound(alternate, "");
        String exchange = exchange("direct", Map.of("alternate-exchange", alternate));
        String queue = bound(exchange, "known");
        publish(exchange, "known", PLAIN, "k");
        publish(exchange, "unknown", PLAIN, "u");
        assertThat(nextText(queue)).isEqualTo("k");
        assertThat(nextText(rest)).isEqualTo("u");
        assertThat(ready(rest)).isZero();
    }

    /// Not once for the whole way: that some queue has the message already does not matter.
    @Test
    void alternateExchangeIsDecidedAtEachExchange() throws IOException {
        String source = exchange("fanout");
        String early = bound(source, "");
        String alternate = exchange("fanout");
        String rest = bound(alternate, "");
        String next = exchange("direct", Map.of("alternate-exchange", alternate));
        channel.exchangeBind(next, source, "");
        publish(source, "nobody", PLAIN, "m");
        assertThat(nextText(early)).isEqualTo("m");
        assertThat(nextText(rest)).isEqualTo("m");
    }

    /// It has no bindings, and knows queues by their names only for what is published to it.
    @Test
    void defaultExchangeIsNoAlternate() throws IOException {
        String exchange = exchange("direct", Map.of("alternate-exchange", ""));
        String queue = queue();
        channel.confirmSelect();
        publish(exchange, queue, PLAIN, "m");
        confirmed();
        assertThat(ready(queue)).isZero();
    }

    @Test
    void headersExchangesDoNotSeeBlindCopies() throws IOException {
        String exchange = exchange("headers");
        Map<String, Object> arguments = new HashMap<>();
        arguments.put("BCC", null);
        String blind = queue();
        channel.queueBind(blind, exchange, "", arguments);
        channel.confirmSelect();
        publish(exchange, "", headers(Map.of("BCC", List.of("k"))), "m");
        confirmed();
        assertThat(ready(blind)).isZero();
    }

    private void confirmed() throws IOException {
        try {
            channel.waitForConfirmsOrDie(DEADLINE.toMillis());
        } catch (InterruptedException | TimeoutException e) {
            throw new IOException("not confirmed", e);
        }
    }

    @Test
    void lineFeedsAreStrippedFromNames() throws IOException {
        String exchange = name();
        channel.exchangeDeclare(exchange + "\r\n", "fanout");
        afterwards(cleaning -> cleaning.exchangeDelete(exchange));
        String queue = bound(exchange, "");
        publish(exchange, "", PLAIN, "m");
        assertThat(nextText(queue)).isEqualTo("m");
    }

    @Test
    void defaultExchangeRoutesByQueueName() throws IOException {
        String queue = queue();
        publish(queue, "m");
        var response = next(queue);
        assertThat(text(response)).isEqualTo("m");
        assertThat(response.getEnvelope().getExchange()).isEmpty();
        assertThat(response.getEnvelope().getRoutingKey()).isEqualTo(queue);
    }

    @ParameterizedTest
    @CsvSource({
        "amq.direct,key",
        "amq.fanout,''",
        "amq.topic,key.#",
        "amq.headers,''",
        "amq.match,''"
    })
    void predeclaredExchangesAreThere(String exchange, String key) throws IOException {
        channel.exchangeDeclarePassive(exchange);
        String queue = queue();
        channel.queueBind(queue, exchange, key, Map.of("test", queue));
        publish(exchange, "key", headers(Map.of("test", queue)), "m");
        assertThat(nextText(queue)).isEqualTo("m");
    }

    @Test
    void autoDeleteExchangeGoesWithItsLastBinding() throws IOException {
        String exchange = name();
        channel.exchangeDeclare(exchange, BuiltinExchangeType.FANOUT, false, true, Map.of());
        String queue = bound(exchange, "");
        channel.exchangeDeclarePassive(exchange);
        channel.queueUnbind(queue, exchange, "");
        assertThat(refused(on -> on.exchangeDeclarePassive(exchange)).code()).isEqualTo(404);
    }
}
