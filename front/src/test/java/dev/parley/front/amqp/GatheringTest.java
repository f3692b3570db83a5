package dev.parley.front.amqp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
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

    /// Gives frames to a body until it is refused; returns how much of it has come.
    private static int fill(Gathering body) {
        int before = -1;
        while (body.bytes() > before) {
            before = body.bytes();
            try {
                body.add(part(FRAME), 0, 64 * MIB);
            } catch (AmqpException e) {
                assertThat(body.bytes()).isEqualTo(before);
            }
        }
        return before;
    }

    @Test
    void whatIsRefusedIsRefusedForWhatHasCome() {
        for (int most = 3 * MIB; most <= 40 * MIB; most += MIB) {
            Unfinished all = new Unfinished(most);
            Gathering body = new Gathering(pieces, all);
            assertThat(fill(body)).isGreaterThan(most / 9 * 8 - FRAME);
            body.clear();
            all.take(most);
        }
    }

    /// However they take turns, more than half of what they may take has come when one is refused.
    @Test
    void ofManyLargeBodiesMoreThanHalfHasComeWhenOneIsRefused() {
        for (int most = 4 * MIB; most <= 40 * MIB; most += 3 * MIB) {
            for (int many = 1; many <= most / MIB; many++) {
                Unfinished all = new Unfinished(most);
                List<Gathering> bodies = new ArrayList<>();
                for (int n = 0; n < many; n++) {
                    bodies.add(new Gathering(pieces, all));
                }
                long come = untilRefused(bodies);
                assertThat(come).as("%d in %d", many, most).isGreaterThan(most / 2);
                bodies.forEach(Gathering::clear);
                all.take(most);
            }
        }
    }

    private static long untilRefused(List<Gathering> bodies) {
        try {
            while (true) {
                bodies.forEach(body -> body.add(part(FRAME), 0, 64 * MIB));
            }
        } catch (AmqpException e) {
            return bodies.stream().mapToLong(Gathering::bytes).sum();
        }
    }

    /// One that is alone has room up to the bound.
    @Test
    void theLargestThatMayBeFits() {
        Unfinished all = new Unfinished(16 * MIB);
        Gathering body = new Gathering(pieces, all);
        int frames = 16 * MIB / (64 << 10);
        for (int n = 1; n < frames; n++) {
            assertThat(body.add(part(64 << 10), 0, 16 * MIB)).isNull();
        }
        assertThat(body.add(part(64 << 10), 0, 16 * MIB)).isNotNull();
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
