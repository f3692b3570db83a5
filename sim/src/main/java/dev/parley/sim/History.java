package dev.parley.sim;

import java.util.ArrayDeque;
import java.util.List;
import java.util.function.Supplier;

/// What happened in a run: always as a hash, and as text when somebody wants to read it.
public final class History {
    private static final int LINES = 200_000;

    private final boolean text;
    private final ArrayDeque<String> lines = new ArrayDeque<>();
    private long hash = 0x9E3779B97F4A7C15L;
    private long events;

    public History(boolean text) {
        this.text = text;
    }

    /// Notes an event; `line` is asked for only if somebody reads it.
    public void note(int kind, long what, Supplier<String> line) {
        events++;
        hash = (hash ^ kind) * 0xBF58476D1CE4E5B9L;
        hash = (hash ^ what) * 0x94D049BB133111EBL;
        hash ^= hash >>> 29;
        if (text) {
            lines.add("%6d %s".formatted(events, line.get()));
            if (lines.size() > LINES) {
                lines.remove();
            }
        }
    }

    public long hash() {
        return hash;
    }

    public long events() {
        return events;
    }

    /// The last lines.
    public List<String> lines() {
        return List.copyOf(lines);
    }
}
