package dev.parley.core.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ShortTextTest {
    @Test
    void validTextIsUtf8() {
        for (String text : new String[] {"", "orders.eu", "Grüße", "日本", "\uD83D\uDC30"}) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            assertThat(ShortText.decoded(bytes)).isEqualTo(text);
            assertThat(ShortText.bytes(text)).isEqualTo(bytes);
        }
    }

    @Test
    void anyBytesComeBackAsTheyWere() {
        Random random = new Random(7);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = new byte[random.nextInt(24)];
            random.nextBytes(bytes);
            // Mostly pieces of longer sequences, where decoders disagree.
            for (int j = 0; j < bytes.length; j++) {
                bytes[j] |= (byte) (random.nextInt(4) == 0 ? 0 : 0x80);
            }
            assertThat(ShortText.bytes(ShortText.decoded(bytes))).isEqualTo(bytes);
        }
    }

    @Test
    void surrogatesInUtf8AreOnlyBytes() {
        byte[] bytes = {(byte) 0xED, (byte) 0xB2, (byte) 0x80};
        assertThat(ShortText.decoded(bytes)).isEqualTo("\uDCED\uDCB2\uDC80");
        assertThat(ShortText.bytes("\uDCED\uDCB2\uDC80")).isEqualTo(bytes);
    }

    @Test
    void whatIsReadNeverGrows() {
        byte[] encoded = new byte[256];
        java.util.Arrays.fill(encoded, (byte) 0xFF);
        String text = ShortText.read(ByteBuffer.wrap(encoded));
        ByteBuffer out = ByteBuffer.allocate(256);
        ShortText.write(out, text);
        assertThat(out.array()).isEqualTo(encoded);
    }

    @Test
    void whatIsWrittenHasTheSizeThatIsSaid() {
        for (String text :
                new String[] {"", "orders.eu", "Grüße", "日本", "a\uDC80", "a\uD800", "\u007F"}) {
            ByteBuffer out = ByteBuffer.allocate(64);
            ShortText.write(out, text);
            assertThat(out.position()).isEqualTo(1 + ShortText.size(text));
            byte[] written = new byte[out.get(0)];
            out.get(1, written);
            assertThat(written).isEqualTo(ShortText.bytes(text));
        }
    }

    @Test
    void tooLongATextIsRefused() {
        ByteBuffer out = ByteBuffer.allocate(300);
        ShortText.write(out, "x".repeat(255));
        assertThat(out.position()).isEqualTo(256);
        assertThatThrownBy(() -> ShortText.write(out, "ü".repeat(128)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aLengthBeyondTheEndIsMalformed() {
        assertThatThrownBy(() -> ShortText.read(ByteBuffer.wrap(new byte[] {3, 'a', 'b'})))
                .isInstanceOf(MalformedException.class);
        assertThatThrownBy(() -> ShortText.read(ByteBuffer.allocate(0)))
                .isInstanceOf(MalformedException.class);
    }
}
