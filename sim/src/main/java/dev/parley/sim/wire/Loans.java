package dev.parley.sim.wire;

import dev.parley.sim.Dice;
import dev.parley.sim.History;
import dev.parley.sim.Violation;
import java.nio.ByteBuffer;
import java.util.function.UnaryOperator;

/// Output that a node's sockets have taken as it is, and are at writing: nobody may change it until
/// they say that they are done.
///
/// Its bytes go to the client at once. A while later, perhaps after its socket has gone, they must
/// still be the same.
public final class Loans {
    private static final int LONGEST = 60;

    /// Runs something after a while.
    @FunctionalInterface
    public interface Later {
        void after(Runnable task, int millis);
    }

    private final Later later;
    private final UnaryOperator<Runnable> loan;
    private final Dice dice;
    private final History history;
    private long number;

    /// @param loan what is run when a buffer is given back, for who wants to do that wrongly
    public Loans(Later later, UnaryOperator<Runnable> loan, Dice dice, History history) {
        this.later = later;
        this.loan = loan;
        this.dice = dice;
        this.history = history;
    }

    /// Takes it if the dice say so.
    public boolean take(ByteBuffer bytes, Runnable done) {
        if (dice.oneIn(4)) {
            return false;
        }
        long one = ++number;
        ByteBuffer lent = bytes.asReadOnlyBuffer();
        ByteBuffer before = ByteBuffer.allocate(lent.remaining()).put(lent.duplicate()).flip();
        history.note(17, one, () -> "loan " + one + ": " + before.remaining() + " bytes");
        Runnable end = loan.apply(done);
        later.after(() -> end(one, lent, before, end), dice.below(LONGEST));
        return true;
    }

    private void end(long one, ByteBuffer lent, ByteBuffer before, Runnable done) {
        history.note(18, one, () -> "loan " + one + " ends");
        int at = lent.mismatch(before);
        if (at >= 0) {
            throw new Violation(
                    "of %d bytes of output some have changed while they were written, from %d on"
                            .formatted(before.remaining(), at));
        }
        done.run();
    }
}
