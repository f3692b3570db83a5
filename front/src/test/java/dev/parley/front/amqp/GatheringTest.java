package dev.parley.front.amqp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/// What a body that comes in parts counts for, and that it does no longer once it is gone.
class GatheringTest {
    private static final int MIB = 1 << 20;
    private static final int FRAME = 131_064;

    private final Pieces pieces = new Pieces(4 * MIB);
    private final Unfinished unfinished = new Unfinished(MIB);

    private static ByteBuffer part(int bytes) {
        return ByteBuffer.allocate(bytes);
    }

    private void assertNothingCounts() {
        unfinished.take(MIB);
        unfinished.give(MIB);
    }

    @Test
    void manyMayBeInTheMiddleOfOneFrame() {
        for (int n = 0; n < 100; n++) {
            Gathering body = new Gathering(pieces, unfinished);
            assertThat(body.add(part(60_000), FRAME - 60_000, FRAME)).isNull();
        }
        assertNothingCounts();
    }

    @Test
    void whatComesInManyFramesCountsUntilItIsGone() {
        Gathering body = new Gathering(pieces, unfinished);
        body.add(part(60_000), FRAME - 60_000, MIB);
        Gathering other = new Gathering(pieces, unfinished);
        assertThatExceptionOfType(AmqpException.class)
                .isThrownBy(() -> other.add(part(MIB - 1), 0, MIB));
        other.clear();
        body.clear();
        body.clear();
        assertNothingCounts();
        body.add(part(60_000), FRAME - 60_000, FRAME);
        assertNothingCounts();
        assertThat(pieces.lent()).isEqualTo(Pieces.BYTES);
    }

    @Test
    void whatThereWasNoMemoryForDoesNotCount() {
        Pieces exhausted =
                new Pieces(4 * MIB) {
                    @Override
                    ByteBuffer take(int wanted) {
                        if (wanted > BYTES) {
                            throw new OutOfMemoryError("no buffer");
                        }
                        return super.take(wanted);
                    }
                };
        Gathering first = new Gathering(exhausted, unfinished);
        assertThatExceptionOfType(OutOfMemoryError.class)
                .isThrownBy(() -> first.add(part(300_000), 0, MIB));
        first.clear();
        assertNothingCounts();
        Gathering grown = new Gathering(exhausted, unfinished);
        grown.add(part(200_000), 0, MIB);
        assertThatExceptionOfType(OutOfMemoryError.class)
                .isThrownBy(() -> grown.add(part(200_000), 0, MIB));
        grown.clear();
        assertNothingCounts();
        assertThat(exhausted.lent()).isZero();
    }
}
