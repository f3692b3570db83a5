package dev.parley.front.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// What fits into a frame that closes.
class TextFramesTest {
    @Test
    void aReasonIsCutBetweenItsCharacters() {
        assertThat(TextFrames.cut("short")).isEqualTo("short");
        assertThat(TextFrames.cut("ü".repeat(200))).isEqualTo("ü".repeat(61));
        assertThat(TextFrames.cut("a" + "😀".repeat(200)).getBytes(UTF_8)).hasSize(121);
        assertThat(TextFrames.cut("a".repeat(200))).hasSize(123);
    }
}
