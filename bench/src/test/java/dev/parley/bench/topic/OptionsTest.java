package dev.parley.bench.topic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class OptionsTest {

    @Test
    void everythingUnlessSaidOtherwise() {
        Options options = Options.parse(List.of());
        assertThat(options.seconds()).isEqualTo(5);
        assertThat(options.level()).isEqualTo(4);
        assertThat(Scenario.all()).allMatch(scenario -> options.wants(scenario.name()));
        assertThat(options.wants(new Mosquitto())).isTrue();
        assertThat(options.wantsRetained()).isTrue();
    }

    @Test
    void onlyTakesPartsOfNamesWithAHyphenForTheArrow() {
        Options options = Options.parse(List.of("--only", "qos 0 1-100, Retained"));
        List<String> wanted =
                Scenario.all().stream().map(Scenario::name).filter(options::wants).toList();
        assertThat(wanted).containsExactly("QoS 0 1→100", "QoS 0 1→1000");
        assertThat(options.wantsRetained()).isTrue();
    }

    @Test
    void brokersByTheirTitles() {
        Options options = Options.parse(List.of("--brokers", "Mosquitto,loop-back"));
        assertThat(options.wants(new Mosquitto())).isTrue();
        assertThat(options.wants(new LoopBack())).isTrue();
        assertThat(options.wants(new Nats())).isFalse();
    }

    @Test
    void wrongOnesAreRefused() {
        for (List<String> wrong :
                List.of(
                        List.of("--seconds"),
                        List.of("--seconds", "x"),
                        List.of("--seconds", "0"),
                        List.of("--protocol", "4"),
                        List.of("--what", "1"))) {
            assertThatThrownBy(() -> Options.parse(wrong))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
