package dev.parley.core.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/// Memory of chunks serves again where it fits, and no more of it is kept than was agreed upon.
class SparesTest {
    private final Spares spares = new Spares(1000);

    @Test
    void whatFitsServesAgain() {
        ByteBuffer one = spares.take(300);
        assertThat(one.capacity()).isEqualTo(300);
        spares.add(one);
        assertThat(spares.take(199)).isNotSameAs(one);
        assertThat(spares.take(301)).isNotSameAs(one);
        assertThat(spares.take(200)).isSameAs(one);
        assertThat(spares.take(300)).isNotSameAs(one);
    }

    @Test
    void theOldestGoes() {
        ByteBuffer first = spares.take(400);
        ByteBuffer second = spares.take(400);
        ByteBuffer third = spares.take(400);
        spares.add(first);
        spares.add(second);
        spares.add(third);
        assertThat(spares.take(400)).isSameAs(second);
        assertThat(spares.take(400)).isSameAs(third);
        assertThat(spares.take(400)).isNotSameAs(first);
        spares.add(ByteBuffer.allocateDirect(1001));
        assertThat(spares.take(1001)).isNotNull();
    }
}
