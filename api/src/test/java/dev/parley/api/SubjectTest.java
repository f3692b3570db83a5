package dev.parley.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/// What a subject may be.
class SubjectTest {
    /// More than programs publish to: an MQTT client may have, where the node is told to let it.
    @Test
    void aSubjectHasUpTo256Levels() {
        String most = "a" + "/a".repeat(255);
        assertThat(new Subject(most).name()).isEqualTo(most);
        assertThat(Event.of(most, "x").subject()).isEqualTo(most);
        assertThat(new SubjectFilter("a/#").matches(new Subject(most))).isTrue();
        assertThatThrownBy(() -> new Subject(most + "/a")).hasMessageContaining("256 levels");
    }

    @Test
    void aSubjectHasUpTo1024Bytes() {
        assertThat(new Subject("é".repeat(512)).isSystem()).isFalse();
        assertThatThrownBy(() -> new Subject("é".repeat(512) + "a"))
                .hasMessageContaining("1024 bytes");
    }

    @Test
    void aSubjectIsNoFilter() {
        assertThatThrownBy(() -> new Subject("a/+")).hasMessageContaining("wildcard");
        assertThatThrownBy(() -> new Subject("a#")).hasMessageContaining("wildcard");
        assertThatThrownBy(() -> new Subject("")).hasMessageContaining("at least one character");
    }
}
