package dev.parley.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.GetResponse;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The tx class: what a commit makes visible and a rollback takes back.
class TransactionTest extends AmqpCase {

    @Test
    void commitMakesPublishesVisible() throws Exception {
        String queue = queue();
        channel.txSelect();
        publish(queue, "1", "2");
        assertThat(connection.createChannel().messageCount(queue)).isZero();
        channel.txCommit();
        assertThat(nextText(queue)).isEqualTo("1");
        assertThat(nextText(queue)).isEqualTo("2");
    }

    @Test
    void rollbackDropsPublishes() throws Exception {
        String queue = queue();
        channel.txSelect();
        publish(queue, "dropped");
        channel.txRollback();
        publish(queue, "kept");
        channel.txCommit();
        assertThat(nextText(queue)).isEqualTo("kept");
    }

    @Test
    void closingDropsWhatIsNotCommitted() throws Exception {
        String queue = queue();
        Channel other = connection.createChannel();
        other.txSelect();
        other.basicPublish("", queue, PLAIN, new byte[1]);
        other.close();
        assertThat(ready(queue)).isZero();
    }

    @Test
    void acknowledgementsWaitForTheCommit() throws Exception {
        String queue = queue();
        publish(queue, "1", "2");
        awaitReady(queue, 2);
        Channel other = connection.createChannel();
        other.txSelect();
        other.basicAck(other.basicGet(queue, false).getEnvelope().getDeliveryTag(), false);
        other.txCommit();
        other.basicAck(other.basicGet(queue, false).getEnvelope().getDeliveryTag(), false);
        other.close();
        GetResponse back = next(queue);
        assertThat(text(back)).isEqualTo("2");
        assertThat(back.getEnvelope().isRedeliver()).isTrue();
        assertThat(ready(queue)).isZero();
    }

    @Test
    void rolledBackAcknowledgementMayBeGivenAgain() throws Exception {
        String queue = queue();
        publish(queue, "m");
        awaitReady(queue, 1);
        channel.txSelect();
        long tag = channel.basicGet(queue, false).getEnvelope().getDeliveryTag();
        channel.basicAck(tag, false);
        channel.txRollback();
        channel.basicAck(tag, false);
        channel.txCommit();
        channel.close();
        channel = connection.createChannel();
        assertThat(ready(queue)).isZero();
    }

    @Test
    void unknownTagIs406AtOnce() throws Exception {
        String queue = queue();
        publish(queue, "m");
        awaitReady(queue, 1);
        channel.txSelect();
        long tag = channel.basicGet(queue, false).getEnvelope().getDeliveryTag();
        channel.basicAck(tag, false);
        assertThat(refused(on -> on.basicAck(tag, false)).code()).isEqualTo(406);
        channel = connection.createChannel();
        assertThat(nextText(queue)).isEqualTo("m");
    }

    @Test
    void recoverLeavesWhatIsAcknowledgedAndNotCommitted() throws Exception {
        String queue = queue();
        publish(queue, "acknowledged", "held");
        awaitReady(queue, 2);
        channel.txSelect();
        channel.basicAck(channel.basicGet(queue, false).getEnvelope().getDeliveryTag(), false);
        channel.basicGet(queue, false);
        channel.basicRecover(true);
        assertThat(nextText(queue)).isEqualTo("held");
        assertThat(ready(queue)).isZero();
    }

    @Test
    void heldAcknowledgementsCountToTheGlobalPrefetchUntilTheCommit() throws Exception {
        String queue = queue();
        publish(queue, "1", "2");
        channel.basicQos(1, true);
        channel.txSelect();
        Inbox inbox = Inbox.acking(channel, queue);
        channel.basicAck(Inbox.tag(inbox.take()), false);
        inbox.staysEmpty();
        channel.txCommit();
        assertThat(inbox.takeText()).isEqualTo("2");
    }

    @Test
    void unroutableMandatoryIsReturnedAtTheCommit() throws Exception {
        var returned = Collections.synchronizedList(new ArrayList<Integer>());
        channel.addReturnListener(back -> returned.add(back.getReplyCode()));
        channel.txSelect();
        channel.basicPublish("", name(), true, PLAIN, new byte[1]);
        channel.txCommit();
        Awaitility.await().atMost(DEADLINE).until(() -> returned.size() == 1);
        assertThat(returned).containsExactly(312);
    }

    @ParameterizedTest
    @ValueSource(strings = {"CC", "x-delay"})
    void aPublishThatCannotBeIsRefusedAtOnce(String header) throws Exception {
        String queue = queue();
        AMQP.BasicProperties wrong = PLAIN.builder().headers(Map.of(header, "no good")).build();
        Refusal refusal =
                refused(on -> {
                    on.txSelect();
                    on.basicPublish("", queue, PLAIN, new byte[1]);
                    on.basicPublish("", queue, wrong, new byte[1]);
                });
        assertThat(refusal.code()).isEqualTo(406);
    }

    @Test
    void aCommitThatFailsHasDoneNothing() throws Exception {
        String queue = queue();
        String exchange = "gone before the commit";
        channel.exchangeDeclare(exchange, "fanout");
        Channel other = connection.createChannel();
        Refusal refusal =
                refused(
                        other,
                        on -> {
                            on.txSelect();
                            on.basicPublish("", queue, PLAIN, new byte[1]);
                            on.basicPublish(exchange, "", PLAIN, new byte[1]);
                            // Both have come when this is answered.
                            on.queueDeclarePassive(queue);
                            channel.exchangeDelete(exchange);
                            on.txCommit();
                        });
        assertThat(refusal.code()).isEqualTo(404);
        assertThat(ready(queue)).isZero();
    }

    @Test
    void commitWithoutSelectIs406() {
        assertThat(refused(Channel::txCommit).code()).isEqualTo(406);
    }

    @Test
    void rollbackWithoutSelectIs406() {
        assertThat(refused(Channel::txRollback).code()).isEqualTo(406);
    }

    @Test
    void confirmsAndTransactionsExcludeEachOther() throws Exception {
        channel.confirmSelect();
        Refusal refusal = refused(Channel::txSelect);
        assertThat(refusal.code()).isEqualTo(406);
        assertThat(refusal.connection()).isFalse();
        Channel other = connection.createChannel();
        other.txSelect();
        assertThat(refused(other, Channel::confirmSelect).code()).isEqualTo(406);
    }
}
