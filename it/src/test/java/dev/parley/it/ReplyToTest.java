package dev.parley.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.Delivery;
import org.junit.jupiter.api.Test;

/// Requests and replies over the pseudo-queue `amq.rabbitmq.reply-to`.
class ReplyToTest extends AmqpCase {

    private static final String REPLY_TO = "amq.rabbitmq.reply-to";
    private static final AMQP.BasicProperties REQUEST =
            new AMQP.BasicProperties.Builder().replyTo(REPLY_TO).correlationId("1").build();

    private static final AMQP.BasicProperties ANSWER =
            new AMQP.BasicProperties.Builder().correlationId("1").build();

    @Test
    void replyReachesTheAsker() throws Exception {
        String requests = queue();
        Inbox replies = Inbox.automatic(channel, REPLY_TO);
        publish("", requests, REQUEST, "question");
        String replyTo = next(requests).getProps().getReplyTo();
        assertThat(replyTo).startsWith(REPLY_TO + ".").isNotEqualTo(REPLY_TO);
        try (Connection other = broker.connect()) {
            var answering = other.createChannel();
            answering.confirmSelect();
            answering.basicPublish("", replyTo, true, ANSWER, "answer".getBytes(UTF_8));
            answering.waitForConfirmsOrDie(30_000);
            Delivery reply = replies.take();
            assertThat(Inbox.text(reply)).isEqualTo("answer");
            assertThat(reply.getProperties().getCorrelationId()).isEqualTo("1");
            assertThat(reply.getEnvelope().getExchange()).isEmpty();
            assertThat(reply.getEnvelope().getRoutingKey()).isEqualTo(replyTo);
        }
    }

    @Test
    void replierMayAskWhetherTheAskerIsThere() throws Exception {
        String requests = queue();
        var asking = connection.createChannel();
        Inbox.automatic(asking, REPLY_TO);
        asking.basicPublish("", requests, REQUEST, new byte[1]);
        String replyTo = next(requests).getProps().getReplyTo();
        assertThat(channel.queueDeclarePassive(replyTo).getQueue()).isEqualTo(replyTo);
        asking.close();
        assertThat(refused(on -> on.queueDeclarePassive(replyTo)).code()).isEqualTo(404);
    }

    @Test
    void requestWithoutAConsumerIs406() throws Exception {
        String requests = queue();
        Refusal refusal = refused(on -> on.basicPublish("", requests, REQUEST, new byte[1]));
        assertThat(refusal.code()).isEqualTo(406);
        assertThat(refusal.text())
                .isEqualTo("PRECONDITION_FAILED - fast reply consumer does not exist");
        assertThat(refusal.connection()).isFalse();
    }

    @Test
    void acknowledgingConsumerIs406() {
        assertThat(refused(on -> Inbox.acking(on, REPLY_TO)).code()).isEqualTo(406);
    }

    @Test
    void secondConsumerIs406() throws Exception {
        Inbox.automatic(channel, REPLY_TO);
        assertThat(refused(on -> Inbox.automatic(on, REPLY_TO)).code()).isEqualTo(406);
    }

    @Test
    void replyToNobodyIsDropped() throws Exception {
        channel.confirmSelect();
        publish("", REPLY_TO + ".nobody", PLAIN, "m");
        assertThat(channel.waitForConfirms(30_000)).isTrue();
    }
}
