package dev.parley.front.amqp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Output grows from a buffer of its own over borrowed ones to some that are let go, and nothing of
/// it is lost on the way.
class FrameBufferTest {
    private static final int MIB = 1 << 20;

    /// A socket that borrows nothing.
    private static final Borrower NOBODY = new Borrower() {};

    private final Pieces pieces = new Pieces(4 * MIB);
    private final FrameBuffer out = new FrameBuffer(pieces);

    private static byte[] pattern(int bytes) {
        byte[] made = new byte[bytes];
        for (int i = 0; i < bytes; i++) {
            made[i] = (byte) (i * 31 + i / 255);
        }
        return made;
    }

    private byte[] taken() {
        ByteBuffer taken = ByteBuffer.allocate(out.size());
        out.drain(NOBODY, taken::put);
        return taken.array();
    }

    @Test
    void whatIsGatheredSurvivesEveryGrowth() {
        byte[] all = pattern(7 * MIB);
        for (int at = 0; at < all.length; at += 1000) {
            int piece = Math.min(1000, all.length - at);
            out.bytes(ByteBuffer.wrap(all, at, piece));
        }
        assertThat(taken()).isEqualTo(all);
        assertThat(out.size()).isZero();
        out.bytes(pattern(10));
        assertThat(taken()).isEqualTo(pattern(10));
    }

    @Test
    void aMethodFrameIsNotTornApart() {
        out.bytes(pattern(Pieces.BYTES - 20));
        out.method(7, 60, 60).bytes(pattern(100)).end();
        assertThat(out.size()).isEqualTo(Pieces.BYTES - 20 + 11 + 100 + 1);
        ByteBuffer all = ByteBuffer.wrap(taken()).position(Pieces.BYTES - 20);
        assertThat(all.getInt(all.position() + 3)).isEqualTo(4 + 100);
        assertThat(all.get(all.limit() - 1)).isEqualTo((byte) 0xCE);
    }

    @Test
    void aBorrowedBufferServesTheNext() {
        out.bytes(pattern(100_000));
        List<ByteBuffer> borrowed = new ArrayList<>();
        out.drain(NOBODY, borrowed::add);
        ByteBuffer again = pieces.take(50_000);
        assertThat(again.isDirect()).isTrue();
        assertThat(again.position()).isZero();
        assertThat(again).isSameAs(borrowed.getFirst());
    }

    @Test
    void thereAreFewToBorrow() {
        List<ByteBuffer> taken = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            taken.add(pieces.take(50_000));
        }
        assertThat(taken).filteredOn(ByteBuffer::isDirect).hasSize(16);
        assertThat(taken).allMatch(piece -> piece.capacity() >= 50_000);
        assertThat(pieces.plenty()).isFalse();
        taken.forEach(pieces::giveBack);
        assertThat(pieces.plenty()).isTrue();
        // What nobody has borrowed makes room for what is larger.
        assertThat(pieces.take(3 * MIB).isDirect()).isTrue();
        assertThat(pieces.take(3 * MIB).isDirect()).isFalse();
    }

    @Test
    void whatThereIsNoRoomForMakesNone() {
        ByteBuffer piece = pieces.take(MIB);
        pieces.giveBack(piece);
        assertThat(pieces.take(5 * MIB).isDirect()).isFalse();
        assertThat(pieces.take(MIB)).isSameAs(piece);
        ByteBuffer other = pieces.take(MIB);
        pieces.giveBack(other);
        assertThat(pieces.take(4 * MIB).isDirect()).isFalse();
        assertThat(pieces.take(MIB)).isSameAs(other);
        assertThat(pieces.lent()).isEqualTo(2 * MIB);
    }

    @Test
    void whatCannotBeWrittenIsGivenBack() {
        Borrower broken =
                new Borrower() {
                    @Override
                    public boolean borrow(ByteBuffer bytes, Runnable done) {
                        throw new IllegalStateException("a bug");
                    }
                };
        out.bytes(pattern(100_000));
        assertThat(pieces.lent()).isPositive();
        assertThatIllegalStateException().isThrownBy(() -> out.drain(broken, _ -> {}));
        assertThat(pieces.lent()).isZero();
        out.clear();
        out.bytes(pattern(100_000));
        assertThat(taken()).isEqualTo(pattern(100_000));
    }
}
