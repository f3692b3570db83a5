package dev.parley.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// What the broker refuses about exchanges and bindings, and with which code.
class ExchangeRulesTest extends AmqpCase {

    @Test
    void equivalentRedeclareIsAccepted() throws IOException {
        String exchange = exchange("direct");
        channel.exchangeDeclare(exchange, "direct", false, false, Map.of());
        channel.exchangeDeclare("amq.direct", "direct", true);
        assertThat(channel.isOpen()).isTrue();
    }

    @Test
    void redeclareWithAnotherTypeIs406() throws IOException {
        String exchange = exchange("direct");
        assertChannel(406, on -> on.exchangeDeclare(exchange, "fanout", false));
    }

    @Test
    void redeclareWithAnotherDurabilityIs406() throws IOException {
        String exchange = exchange("direct");
        assertChannel(406, on -> on.exchangeDeclare(exchange, "direct", true));
    }

    @Test
    void redeclareWithAnotherAlternateIs406() throws IOException {
        String exchange = exchange("direct", Map.of("alternate-exchange", "a"));
        assertChannel(
                406,
                on ->
                        on.exchangeDeclare(
                                exchange,
                                "direct",
                                false,
                                false,
                                Map.of("alternate-exchange", "b")));
    }

    @Test
    void passiveDeclareOfNothingIs404() {
        String missing = name();
        assertChannel(404, on -> on.exchangeDeclarePassive(missing));
    }

    @Test
    void unknownTypeIs503AndEndsTheConnection() {
        String exchange = name();
        Refusal refusal = refused(on -> on.exchangeDeclare(exchange, "no-such-type"));
        assertThat(refusal.code()).isEqualTo(503);
        assertThat(refusal.connection()).isTrue();
        assertThat(refusal.text()).startsWith("COMMAND_INVALID");
    }

    @Test
    void reservedNameIs403() {
        assertChannel(403, on -> on.exchangeDeclare("amq.of-ours", "direct"));
    }

    @Test
    void reservedExchangeCannotBeDeleted() {
        assertChannel(403, on -> on.exchangeDelete("amq.direct"));
    }

    @Test
    void defaultExchangeCannotBeDeclared() {
        assertChannel(403, on -> on.exchangeDeclare("", "direct", true));
    }

    @Test
    void defaultExchangeCannotBeDeleted() {
        assertChannel(403, on -> on.exchangeDelete(""));
    }

    @Test
    void defaultExchangeCannotBeBound() throws IOException {
        String queue = queue();
        assertChannel(403, on -> on.queueBind(queue, "", "key"));
    }

    @Test
    void defaultExchangeCannotBeUnbound() throws IOException {
        String queue = queue();
        assertChannel(403, on -> on.queueUnbind(queue, "", queue));
    }

    @Test
    void deleteIfUnusedOfABoundExchangeIs406() throws IOException {
        String exchange = exchange("fanout");
        bound(exchange, "");
        assertChannel(406, on -> on.exchangeDelete(exchange, true));
    }

    @Test
    void deleteIfUnusedOfAnUnboundExchangeDeletes() throws IOException {
        String exchange = exchange("fanout");
        channel.exchangeDelete(exchange, true);
        assertChannel(404, on -> on.exchangeDeclarePassive(exchange));
    }

    @Test
    void deletingNothingIsFine() throws IOException {
        channel.exchangeDelete(name());
        assertThat(channel.isOpen()).isTrue();
    }

    @Test
    void bindingToNothingIs404() throws IOException {
        String queue = queue();
        String missing = name();
        assertChannel(404, on -> on.queueBind(queue, missing, ""));
    }

    @Test
    void bindingNothingIs404() {
        String missing = name();
        assertChannel(404, on -> on.queueBind(missing, "amq.direct", ""));
    }

    @Test
    void unbindingWhatIsNotBoundIsFine() throws IOException {
        channel.queueUnbind(queue(), "amq.direct", "never bound");
        assertThat(channel.isOpen()).isTrue();
    }

    @Test
    void badHeadersMatchIs406() throws IOException {
        String queue = queue();
        assertChannel(406, on -> on.queueBind(queue, "amq.headers", "", Map.of("x-match", "some")));
    }

    @Test
    void publishToNothingIs404() {
        String missing = name();
        assertChannel(404, on -> on.basicPublish(missing, "", PLAIN, new byte[1]));
    }

    @Test
    void afterARefusalTheConnectionGoesOn() throws IOException {
        String missing = name();
        assertChannel(404, on -> on.exchangeDeclarePassive(missing));
        channel = connection.createChannel();
        String queue = queue();
        publish(queue, "still here");
        assertThat(nextText(queue)).isEqualTo("still here");
    }

    private void assertChannel(int code, Action action) {
        Refusal refusal = refused(action);
        assertThat(refusal.code()).as(refusal.text()).isEqualTo(code);
        assertThat(refusal.connection()).isFalse();
        assertThat(connection.isOpen()).isTrue();
    }
}
