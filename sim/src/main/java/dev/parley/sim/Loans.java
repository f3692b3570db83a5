package dev.parley.sim;

import java.nio.ByteBuffer;

/// Output that a node's sockets have taken as it is, and are at writing: nobody may change it until
/// they say that they are done.
///
/// Its bytes go to the client at once. A while later, perhaps after its socket has gone, they must
/// still be the same.
final class Loans {
    private static final int LONGEST = 60;

    private final SimNode node;
    private final Bug.Plant plant;
    private final Dice dice;
    private final History history;
    private long number;

    Loans(SimNode node, Bug.Plant plant, Dice dice, History history) {
        this.node = node;
        this.plant = plant;
        this.dice = dice;
        this.history = history;
    }

    /// Takes it if the dice say so.
    boolean take(ByteBuffer bytes, Runnable done) {
        if (dice.oneIn(4)) {
            return false;
        }
        long loan = ++number;
        ByteBuffer lent = bytes.asReadOnlyBuffer();
        ByteBuffer before = ByteBuffer.allocate(lent.remaining()).put(lent.duplicate()).flip();
        history.note(17, loan, () -> "loan " + loan + ": " + before.remaining() + " bytes");
        Runnable end = plant.loan(done);
        node.later(() -> end(loan, lent, before, end), dice.below(LONGEST));
        return true;
    }

    private void end(long loan, ByteBuffer lent, ByteBuffer before, Runnable done) {
        history.note(18, loan, () -> "loan " + loan + " ends");
        int at = lent.mismatch(before);
        if (at >= 0) {
            throw new Violation(
                    "of %d bytes of output some have changed while they were written, from %d on"
                            .formatted(before.remaining(), at));
        }
        done.run();
    }
}
