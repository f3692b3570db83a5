package dev.parley.node.embed;

import dev.parley.api.SubscribeOptions.Overflow;
import dev.parley.front.mqtt.Publication;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// What has come to a subscription and waits for its program, up to a bound.
///
/// Subjects are spread over strands, each of which one listener works off, so that messages of one
/// subject stay in order. The event loop adds, listeners take, and none of them waits for another.
final class Backlog {
    /// Bytes at which it is full, whatever its bound.
    private static final long BYTES_MAX = 16L << 20;

    /// What a message takes besides its bytes, about.
    private static final int OVERHEAD = 256;

    /// A message with bytes of its own.
    ///
    /// @param packetId what it is acknowledged with, 0: not at all
    /// @param place where it stands in a stream, if it comes from one
    record Item(
            Publication message,
            int packetId,
            boolean repeated,
            StreamSource.@Nullable Place place) {
        Item(Publication message, int packetId, boolean repeated) {
            this(message, packetId, repeated, null);
        }

        /// Whether somebody expects to hear that it is done with.
        boolean settles() {
            return packetId != 0 || place != null;
        }

        /// What says which messages keep their order.
        private int key() {
            StreamSource.Place of = place;
            return of == null ? message.topic().hashCode() : of.key();
        }

        private int weight() {
            return OVERHEAD + message.properties().remaining() + message.payload().remaining();
        }
    }

    /// Who is to take what has come.
    @FunctionalInterface
    interface Bell {
        /// Something is in this strand; any thread. Rings also where somebody is at work on it.
        void ring(Strand strand);
    }

    private final Overflow overflow;
    private final int strandMax;
    private final Strand[] strands;
    private final Bell bell;
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicLong missed = new AtomicLong();
    private final AtomicLong told = new AtomicLong();
    private final AtomicBoolean wanted = new AtomicBoolean();

    /// @param overflow what [#offer] does where there is no room
    Backlog(Overflow overflow, int most, int width, Bell bell) {
        this.overflow = overflow;
        this.strandMax = Math.ceilDiv(most, width);
        this.strands = new Strand[width];
        this.bell = bell;
        for (int i = 0; i < width; i++) {
            strands[i] = new Strand();
        }
    }

    private Strand strand(Item item) {
        int hash = item.key();
        return strands[Math.floorMod(hash ^ hash >>> 16, strands.length)];
    }

    Strand first() {
        return strands[0];
    }

    // ---- the loop's side

    /// Takes a message for which there is room, or that has to be taken.
    void add(Item item) {
        strand(item).add(item);
    }

    /// Takes a message, or drops one; what is dropped is counted.
    void offer(Item item) {
        Strand strand = strand(item);
        switch (overflow) {
            case DROP_NEWEST -> {
                if (full(strand)) {
                    missed.incrementAndGet();
                } else {
                    strand.add(item);
                }
            }
            case DROP_OLDEST -> {
                Slot oldest = strand.oldest();
                while (oldest != null && full(strand, oldest)) {
                    // It was full with the oldest: if that still waits, it still is.
                    if (strand.take(oldest) != null) {
                        missed.incrementAndGet();
                    }
                    oldest = strand.oldest();
                }
                if (light()) {
                    strand.add(item);
                } else {
                    missed.incrementAndGet();
                }
            }
            case LATEST -> {
                if (strand.replace(item) || full(strand)) {
                    missed.incrementAndGet();
                } else {
                    strand.add(item);
                }
            }
        }
    }

    private boolean full(Strand strand) {
        return full(strand, strand.oldest());
    }

    private boolean full(Strand strand, @Nullable Slot oldest) {
        return !light() || oldest != null && strand.added - oldest.number >= strandMax;
    }

    /// Whether what waits is not too large.
    boolean light() {
        return bytes.get() < BYTES_MAX;
    }

    /// Whether there is room for a message. If there is none, [#wanted] says so until it is asked.
    boolean roomFor(Item item) {
        return !full(strand(item)) || !wants(() -> full(strand(item)));
    }

    /// Whether more may come. If not, [#wanted] says so until it is asked.
    boolean takes() {
        return light() || !wants(() -> !light());
    }

    /// Somebody may have taken something between the look and the note of it.
    private boolean wants(java.util.function.BooleanSupplier still) {
        wanted.set(true);
        return still.getAsBoolean();
    }

    // ---- the program's side

    /// Whether somebody waits for room; asked when some has been made.
    boolean wanted() {
        return wanted.get() && wanted.compareAndSet(true, false);
    }

    long missed() {
        return missed.get();
    }

    /// So many were missed that did not come here.
    void miss(long count) {
        missed.addAndGet(count);
    }

    /// How many were missed that nobody has been told of.
    long tellMissed() {
        long now = missed.get();
        return now - told.getAndSet(now);
    }

    /// Forgets everything that waits.
    void clear() {
        for (Strand strand : strands) {
            while (strand.poll() != null) {
                // One after the other, since somebody may take them as well.
            }
        }
    }

    /// A place for a message, which is emptied by whoever takes it.
    @SuppressWarnings("serial") // never written anywhere
    private static final class Slot extends AtomicReference<@Nullable Item> {
        /// How many were added to its strand before.
        final long number;

        Slot(Item item, long number) {
            super(item);
            this.number = number;
        }
    }

    /// Messages of some subjects, in order.
    ///
    /// A message is taken by emptying its slot, which is removed by whoever comes by after that: so
    /// the first that is not empty says how many wait, whoever is in the middle of what.
    final class Strand {
        private final ConcurrentLinkedQueue<Slot> slots = new ConcurrentLinkedQueue<>();

        /// The slots of subjects of which one message waits at most.
        private final Map<String, Slot> latest = new ConcurrentHashMap<>();

        /// How many came; the loop's.
        private long added;

        private final AtomicBoolean running = new AtomicBoolean();

        private void add(Item item) {
            Slot slot = new Slot(item, added++);
            if (overflow == Overflow.LATEST) {
                latest.put(item.message().topic(), slot);
            }
            bytes.addAndGet(item.weight());
            slots.add(slot);
            bell.ring(this);
        }

        /// Puts a message in the place of one of the same subject that waits, if there is one, or
        /// drops it when it would take more than there is room for. Returns whether either was so.
        private boolean replace(Item item) {
            Slot slot = latest.get(item.message().topic());
            Item before = slot == null ? null : slot.get();
            if (slot == null || before == null) {
                return false;
            }
            int more = item.weight() - before.weight();
            if (more > 0 && bytes.get() + more > BYTES_MAX) {
                return true;
            }
            boolean replaced = slot.compareAndSet(before, item);
            if (replaced) {
                bytes.addAndGet(more);
            }
            return replaced;
        }

        /// The next message, or null; any thread.
        @Nullable Item poll() {
            Item item = null;
            Slot slot = oldest();
            while (slot != null && item == null) {
                item = take(slot);
                slot = item == null ? oldest() : slot;
            }
            return item;
        }

        /// The first slot that is not empty, or null.
        private @Nullable Slot oldest() {
            Slot slot = slots.peek();
            while (slot != null && slot.get() == null) {
                slots.remove(slot);
                slot = slots.peek();
            }
            return slot;
        }

        /// What is in a slot, or null if somebody was faster.
        private @Nullable Item take(Slot slot) {
            Item item = slot.getAndSet(null);
            if (item != null) {
                slots.remove(slot);
                latest.remove(item.message().topic(), slot);
                bytes.addAndGet(-item.weight());
            }
            return item;
        }

        boolean isEmpty() {
            return slots.isEmpty();
        }

        /// Makes the caller the one who works it off, unless somebody does.
        boolean take() {
            return running.compareAndSet(false, true);
        }

        void rest() {
            running.set(false);
        }
    }
}
