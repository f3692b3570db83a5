package dev.parley.sim.log;

import dev.parley.core.log.LogWriter;
import dev.parley.core.log.LogWriter.Batch;
import dev.parley.sim.Dice;
import java.util.ArrayList;
import java.util.List;

/// The threads of a log's writer, played by one: while a sync is under way more may be written, the
/// sync of that may begin, and either may end first.
public final class WriterThreads {
    private final LogWriter writer;
    private final Dice dice;
    private final List<Batch> underWay = new ArrayList<>();

    public WriterThreads(LogWriter writer, Dice dice) {
        this.writer = writer;
        this.dice = dice;
    }

    /// One of them writes, or one ends its sync, or both; returns whether more is to be done.
    public boolean turn() {
        boolean worked = false;
        if (underWay.size() < LogWriter.THREADS) {
            Batch batch = writer.write();
            worked = batch.worked();
            if (!batch.files().isEmpty()) {
                underWay.add(batch);
            }
        }
        if (underWay.size() == LogWriter.THREADS || !underWay.isEmpty() && dice.oneIn(2)) {
            worked |= writer.sync(underWay.remove(dice.below(underWay.size())));
        }
        return worked || !underWay.isEmpty();
    }

    /// Lets all end their syncs, as a node does that closes.
    public void end() {
        while (!underWay.isEmpty()) {
            writer.sync(underWay.removeLast());
        }
    }
}
