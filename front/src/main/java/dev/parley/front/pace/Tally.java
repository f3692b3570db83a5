package dev.parley.front.pace;

import java.util.concurrent.atomic.AtomicLongArray;

/// Counts of what happens on an event loop, one for each constant; one writer, any reader.
@SuppressWarnings("EnumOrdinal") // nothing but this object knows of the places
public final class Tally<E extends Enum<E>> {
    private final AtomicLongArray counts;

    public Tally(Class<E> what) {
        this.counts = new AtomicLongArray(what.getEnumConstants().length);
    }

    public long get(E what) {
        return counts.get(what.ordinal());
    }

    // One event loop writes, so reading and writing back loses nothing.
    public void add(E what, long change) {
        int at = what.ordinal();
        counts.lazySet(at, counts.getPlain(at) + change);
    }
}
