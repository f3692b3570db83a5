package dev.parley.core.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PropertiesTest {
    @Test
    void randomListsComeBackByteForByte() {
        for (long seed = 0; seed < 3_000; seed++) {
            Properties properties = new Fields(seed).properties();
            ByteBuffer list = properties.encoded();
            Properties.validate(list);
            Properties read = Properties.read(list.duplicate());
            assertThat(read).as("seed %d", seed).isEqualTo(properties);
            assertThat(read.encoded()).as("seed %d", seed).isEqualTo(list);
        }
    }

    @Test
    void peeksSeeWhatADecoderSees() {
        for (long seed = 0; seed < 2_000; seed++) {
            Properties properties = new Fields(seed).properties();
            // Behind something else, as in a stored record.
            ByteBuffer encoded = properties.encoded();
            ByteBuffer list =
                    ByteBuffer.allocate(3 + encoded.remaining()).put(new byte[3]).put(encoded);
            list.flip().position(3);
            Integer mode = properties.deliveryMode();
            Integer priority = properties.priority();
            assertThat(Properties.deliveryMode(list)).isEqualTo(mode == null ? 0 : mode);
            assertThat(Properties.priority(list)).isEqualTo(priority == null ? -1 : priority);
            assertThat(Properties.hasHeaders(list)).isEqualTo(properties.headers() != null);
            assertThat(Properties.hasExpiration(list)).isEqualTo(properties.expiration() != null);
            assertThat(Properties.hasUserId(list)).isEqualTo(properties.userId() != null);
            assertThat(Properties.hasReplyTo(list)).isEqualTo(properties.replyTo() != null);
            assertThat(list.position()).isEqualTo(3);
        }
    }

    @Test
    void whatIsCutOffAnywhereIsMalformed() {
        for (long seed = 0; seed < 200; seed++) {
            ByteBuffer whole = new Fields(seed).properties().encoded();
            for (int length = 0; length < whole.limit(); length++) {
                ByteBuffer part = whole.duplicate().limit(length);
                assertThatThrownBy(() -> Properties.validate(part))
                        .isInstanceOf(MalformedException.class);
                assertThatThrownBy(() -> Properties.read(part))
                        .isInstanceOf(MalformedException.class);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "10",
                "00010000",
                "0001",
                "100102",
                "000000",
                "80000361",
                "2000ffffffff"
            })
    void malformedListsAreRefused(String hex) {
        ByteBuffer list = ByteBuffer.wrap(HexFormat.of().parseHex(hex));
        assertThatThrownBy(() -> Properties.validate(list)).isInstanceOf(MalformedException.class);
        assertThatThrownBy(() -> Properties.read(list)).isInstanceOf(MalformedException.class);
    }

    @Test
    void theUnusedFlagIsIgnoredAsInRabbitMq() {
        ByteBuffer list = ByteBuffer.wrap(HexFormat.of().parseHex("100202"));
        assertThatCode(() -> Properties.validate(list)).doesNotThrowAnyException();
        assertThat(Properties.read(list).deliveryMode()).isEqualTo(2);
    }

    @Test
    void changedCopiesDifferInOneProperty() {
        Properties properties = new Fields(4).properties();
        assertThat(properties.withExpiration("60").expiration()).isEqualTo("60");
        assertThat(properties.withExpiration("60").withExpiration(properties.expiration()))
                .isEqualTo(properties);
        assertThat(properties.withDeliveryMode(2).deliveryMode()).isEqualTo(2);
        assertThat(properties.withHeaders(FieldTable.EMPTY).headers()).isNull();
        assertThat(properties.withReplyTo("a").replyTo()).isEqualTo("a");
        assertThatThrownBy(() -> properties.withDeliveryMode(256))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
