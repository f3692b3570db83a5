package dev.parley.front.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/// What names may be, wherever they come from, and aliases that a client was not told.
class NamesAndAliasesTest {
    @Test
    void noNameHoldsANulCharacter() {
        assertThat(TopicNames.isName("a/b")).isTrue();
        assertThat(TopicNames.isName("a/\0b")).isFalse();
        assertThat(TopicNames.isFilter("a/\0/#")).isFalse();
    }

    @Test
    void noNameHoldsHalfACharacter() {
        assertThat(TopicNames.isName("a/\uD83D\uDE00")).isTrue();
        assertThat(TopicNames.isName("a/\uD83D")).isFalse();
        assertThat(TopicNames.isName("\uD83Da\uDE00")).isFalse();
        assertThat(TopicNames.isFilter("\uDE00\uD83D/#")).isFalse();
    }

    @Test
    void levelsHaveABound() {
        assertThat(TopicNames.isName("a" + "/a".repeat(63))).isTrue();
        assertThat(TopicNames.isName("a" + "/a".repeat(64))).isFalse();
        assertThat(TopicNames.isName("a" + "/a".repeat(64), 65)).isTrue();
        assertThat(TopicNames.isFilter("+" + "/+".repeat(64))).isFalse();
        assertThat(Filters.pattern("$share/g/+" + "/+".repeat(64), 65)).startsWith("+/+");
        assertThatThrownBy(() -> Filters.pattern("$share/g/+" + "/+".repeat(64), 64))
                .isInstanceOf(MqttException.class);
    }

    @Test
    void someTopicsAreForNobody() {
        assertThat(TopicNames.isReserved("$SYS")).isTrue();
        assertThat(TopicNames.isReserved("$SYS/broker/uptime")).isTrue();
        assertThat(TopicNames.isReserved("$SYS/broker/connection/a")).isTrue();
        assertThat(TopicNames.isReserved("$SYS/broker/connection/a/state")).isFalse();
        assertThat(TopicNames.isReserved("$SYS/broker/connection/state")).isTrue();
        assertThat(TopicNames.isReserved("$SYS/broker/connection//state")).isTrue();
        assertThat(TopicNames.isReserved("$SYS/broker/connection/a/b/state")).isTrue();
        assertThat(TopicNames.isReserved("$share/workers/jobs")).isTrue();
        assertThat(TopicNames.isReserved("$shared/SYS")).isFalse();
    }

    @Test
    void theNameOfAGroupHasABound() {
        assertThat(Filters.pattern("$share/workers/jobs/#", 64)).isEqualTo("jobs/#");
        assertThatThrownBy(() -> Filters.pattern("$share/" + "w".repeat(2_000) + "/jobs/#", 64))
                .isInstanceOf(MqttException.class);
    }

    @Test
    void theNodeRemembersABoundedNumberOfTopics() {
        TestLine line = new TestLine(new LoopTopics(TestCatalog.make()));
        // topic alias maximum 65,535
        line.says("10 11 0004 \"MQTT\" 05 02 0000 03 22 ffff 0001 \"c\"");
        line.says("82 07 0001 00 0001 \"#\" 00");
        for (int i = 0; i < Aliases.OUTGOING_MAX; i++) {
            assertThat(line.says("30 07 0004 \"%04d\" 00".formatted(i))).contains("0323");
        }
        assertThat(line.says("30 08 0005 \"again\" 00"))
                .isEqualTo(Hex.of(Hex.bytes("30 08 0005 \"again\" 00")));
    }

    @Test
    void anAliasThatWasNotToldIsToldTheNextTime() {
        Aliases aliases = new Aliases(0, 2);
        assertThat(aliases.outgoing("a")).isEqualTo(-1);
        aliases.unlearn("a");
        assertThat(aliases.outgoing("a")).isEqualTo(-1);
        assertThat(aliases.outgoing("a")).isEqualTo(1);
        assertThat(aliases.outgoing("b")).isEqualTo(-2);
    }
}
