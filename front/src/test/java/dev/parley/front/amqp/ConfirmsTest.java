package dev.parley.front.amqp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConfirmsTest {

    private final Confirms confirms = new Confirms();
    private final List<String> said = new ArrayList<>();

    private final Confirms.Voice voice =
            new Confirms.Voice() {
                @Override
                public void ack(long number, boolean multiple) {
                    said.add((multiple ? "up to " : "") + number);
                }

                @Override
                public void nack(long number) {
                    said.add("not " + number);
                }
            };

    @Test
    void countsMessagesAndNotFrames() {
        for (int i = 0; i < 10; i++) {
            confirms.add(1);
        }
        confirms.accepted(1, 4);
        confirms.accepted(7, 8);
        confirms.refused(9);

        assertThat(confirms.say(voice)).isEqualTo(6);
        assertThat(said).containsExactly("up to 4", "7", "8", "not 9");
        assertThat(confirms.say(voice)).isZero();
        said.clear();

        confirms.accepted(5, 6);
        confirms.accepted(10, 10);

        assertThat(confirms.say(voice)).isEqualTo(3);
        assertThat(said).containsExactly("up to 10");
        assertThat(confirms.allAnswered()).isTrue();
    }
}
