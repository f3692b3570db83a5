package dev.parley.front.amqp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class UnfinishedTest {
    @Test
    void moreThanTheNodeCanKeepEndsTheConnection() {
        Unfinished unfinished = new Unfinished(100);
        unfinished.take(60);

        assertThatThrownBy(() -> unfinished.take(41))
                .isInstanceOfSatisfying(
                        AmqpException.class,
                        e -> {
                            assertThat(e.reply()).isEqualTo(ReplyCode.RESOURCE_ERROR);
                            assertThat(e.isHard()).isTrue();
                        });
        unfinished.give(1);
        unfinished.take(41);
    }
}
