package dev.parley.core.queue;

import dev.parley.core.shard.SnapshotWriter;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The messages of one priority in a queue, in order.
///
/// Entries are numbered from 0 upwards in the order of their arrival and keep their number until
/// they are gone, so a message that comes back takes its old place by itself. `cursor` is at or
/// below the first entry that is ready.
final class Level {
    /// Pages that a level may span, nearly all of them empty: what one message that never goes can
    /// have behind it.
    private static final long SPAN_MAX = 1 << 24;

    /// The page of the highest number there is.
    private static final long PAGE_MAX = Long.MAX_VALUE >>> Page.BITS;

    /// Results of [#nextReady] that are not numbers.
    static final long NONE = -1;

    static final long COLD = -2;

    /// Pages looked at in one search for some to cool.
    private static final int LOOKS = 64;

    private @Nullable Page[] ring = new Page[4];
    private long firstPage;
    private int pages;
    private long end;
    private long cursor;
    private long ready;

    /// Numbers of the pages whose arrays are in memory, and perhaps of some that are not any more.
    private final ArrayDeque<Long> warm = new ArrayDeque<>();

    /// Deliveries of entries below this number may have happened before a crash: logged ahead of
    /// them.
    private long attempted;

    private long attemptedDurable;
    private long attemptedPosition;
    private long redeliveredBelow;

    /// A message that was here before under another number, and the record that says so.
    private record Renumbered(long number, long position) {}

    /// The first of each record that is not durable yet. A crash would give them back their old
    /// numbers, of which nobody says that they may have been delivered.
    private final ArrayDeque<Renumbered> renumbered = new ArrayDeque<>();

    long end() {
        return end;
    }

    long ready() {
        return ready;
    }

    long cursor() {
        return cursor;
    }

    /// Adds an entry numbered `number`, which no entry had before.
    void add(long number, long position, int size, long expiry, int overhead) {
        long wanted = number >>> Page.BITS;
        if (pages == 0) {
            firstPage = wanted;
        }
        reach(wanted);
        Page page = ring[slot(wanted)];
        if (page == null) {
            page = new Page();
            ring[slot(wanted)] = page;
            warm.add(wanted);
        }
        page.add(index(number), position, size, expiry, overhead);
        end = Math.max(end, number + 1);
        ready++;
    }

    /// From now on entries may come in another order than that of their numbers, none of which is
    /// below [#end].
    void open() {
        if (pages == 0) {
            firstPage = end >>> Page.BITS;
            reach(firstPage);
        }
    }

    @Nullable Page page(long number) {
        return pageNumbered(number >>> Page.BITS);
    }

    @Nullable Page pageNumbered(long wanted) {
        return wanted < firstPage || wanted >= firstPage + pages ? null : ring[slot(wanted)];
    }

    static int index(long number) {
        return (int) number & Page.ENTRIES - 1;
    }

    /// The page of an entry that is there, with its arrays.
    Page warm(long number) {
        Page page = page(number);
        if (page == null || page.cold()) {
            throw new IllegalStateException("entry " + number + " has no page in memory");
        }
        return page;
    }

    boolean present(long number) {
        Page page = page(number);
        return page != null && page.present(index(number));
    }

    /// Moves the cursor to the first entry that is ready and returns its number, or NONE, or COLD
    /// when its page has to be loaded first (the cursor then stands on it).
    long nextReady() {
        if (ready == 0) {
            return NONE;
        }
        cursor = Math.max(cursor, firstPage << Page.BITS);
        while (cursor < end) {
            Page page = page(cursor);
            if (page == null
                    || page.live() == 0
                    || page.lost()
                    || (!page.cold() && page.ready() == 0)) {
                // The page that is being filled is not over yet.
                cursor = Math.min(end, (cursor >>> Page.BITS) + 1 << Page.BITS);
                continue;
            }
            if (page.cold()) {
                return COLD;
            }
            if (page.state(index(cursor)) == Page.READY) {
                return cursor;
            }
            cursor++;
        }
        return NONE;
    }

    /// Changes how a present entry stands; the page must be warm.
    void state(long number, int state) {
        Page page = warm(number);
        int index = index(number);
        int before = page.state(index);
        page.state(index, state);
        if (before == Page.READY && state != Page.READY) {
            ready--;
        } else if (before != Page.READY && state == Page.READY) {
            ready++;
            cursor = Math.min(cursor, number);
        }
    }

    /// The entry is gone for good. Returns the bytes of its body.
    int remove(long number) {
        Page page = page(number);
        if (page == null || !page.present(index(number))) {
            return 0;
        }
        if (isReady(page, index(number))) {
            ready--;
        }
        int size = page.remove(index(number));
        if (page.live() == 0) {
            drop(number >>> Page.BITS);
        }
        return size;
    }

    private static boolean isReady(Page page, int index) {
        return page.cold() ? !page.lost() : page.state(index) == Page.READY;
    }

    /// Forgets a page in which nothing is alive, unless it is still being filled.
    private void drop(long number) {
        if (number < end >>> Page.BITS) {
            ring[slot(number)] = null;
        }
        trim();
    }

    /// Lets the first page be one with something alive in it, or the one that is being filled.
    private void trim() {
        while (pages > 0) {
            Page first = ring[slot(firstPage)];
            if (first != null && (first.live() > 0 || firstPage >= end >>> Page.BITS)) {
                return;
            }
            ring[slot(firstPage)] = null;
            firstPage++;
            pages--;
        }
    }

    /// Removes the entries from one number to before another, but for those in `stay`; returns the
    /// bytes of the bodies removed that were ready.
    long purge(long from, long to, Set<Long> stay) {
        long bytes = 0;
        long first = Math.max(firstPage, from >>> Page.BITS);
        long end = Math.min(firstPage + pages, (to - 1 >>> Page.BITS) + 1);
        for (long p = first; p < end; p++) {
            Page page = pageNumbered(p);
            if (page == null || page.live() == 0) {
                continue;
            }
            boolean whole = from <= p << Page.BITS && to >= p + 1 << Page.BITS;
            if (page.cold() && stay.isEmpty() && whole) {
                ready -= page.lost() ? 0 : page.live();
                bytes += page.lost() ? 0 : page.bytes();
                ring[slot(p)] = null;
                continue;
            }
            for (int i = 0; i < Page.ENTRIES; i++) {
                long number = (p << Page.BITS) + i;
                boolean meant = number >= from && number < to;
                if (meant && page.present(i) && !stay.contains(number)) {
                    boolean wasReady = isReady(page, i);
                    ready -= wasReady ? 1 : 0;
                    int size = page.remove(i);
                    bytes += wasReady ? size : 0;
                }
            }
        }
        trim();
        return bytes;
    }

    /// Adds to `found` the entries that are neither ready nor gone.
    void collectHeld(int level, Entries found) {
        eachPage((number, page) -> {
            if (page.cold()) {
                return;
            }
            for (int i = 0; i < Page.ENTRIES; i++) {
                int state = page.state(i);
                if (state != Page.GONE && state != Page.READY) {
                    found.add(Entries.entry(level, (number << Page.BITS) + i));
                }
            }
        });
    }

    /// A page that memory can do without: complete, and not near the cursor. Each call looks at
    /// some of the pages in memory, in turns.
    long pageToCool() {
        long near = (cursor >>> Page.BITS) + 1;
        long open = end >>> Page.BITS;
        for (int n = Math.min(warm.size(), LOOKS); n > 0; n--) {
            long p = warm.remove();
            Page page = pageNumbered(p);
            if (page == null || page.cold()) {
                continue;
            }
            if (p > near && p < open && page.coolable()) {
                return p;
            }
            warm.add(p);
        }
        return NONE;
    }

    /// Takes the arrays of a cold page from the payload of its record. Returns by how much the
    /// bytes known so far were wrong.
    long load(long pageNumber, ByteBuffer record) {
        warm.add(pageNumber);
        record.position(record.position() + Records.PAGE_HEAD);
        return at(pageNumber).load(record);
    }

    /// The record of a cold page cannot be read: its messages stay where they are and are passed
    /// over. Returns the bytes of their bodies.
    long lose(Page page) {
        page.lose();
        ready -= page.live();
        return page.bytes();
    }

    Page at(long pageNumber) {
        Page page = pageNumbered(pageNumber);
        if (page == null) {
            throw new IllegalStateException("no page " + pageNumber);
        }
        return page;
    }

    /// The number of a cold page that will be needed soon, or NONE.
    long pageToWarm() {
        long here = cursor >>> Page.BITS;
        if (isColdPage(here)) {
            return here;
        }
        return isColdPage(here + 1) ? here + 1 : NONE;
    }

    private boolean isColdPage(long number) {
        Page page = pageNumbered(number);
        return page != null && page.cold() && !page.lost();
    }

    void eachPage(PageVisit visit) {
        for (long p = firstPage; p < firstPage + pages; p++) {
            Page page = pageNumbered(p);
            if (page != null) {
                visit.onPage(p, page);
            }
        }
    }

    /// Whether deliveries of `number` are announced in the log, durably, and it keeps its number.
    boolean announced(long number) {
        Renumbered first = renumbered.peek();
        return number < attemptedDurable && (first == null || number < first.number());
    }

    /// The message came to `number` from another one, by the record at `position`.
    void renumbered(long number, long position) {
        Renumbered last = renumbered.peekLast();
        if (last == null || last.position() != position) {
            renumbered.add(new Renumbered(number, position));
        }
    }

    /// Whether a new announcement is due, with entries up to `number` about to be delivered.
    boolean announcementDue(long number, int margin) {
        return number + margin > attempted;
    }

    void attempted(long below, long position) {
        attempted = below;
        attemptedPosition = position;
    }

    long attempted() {
        return attempted;
    }

    /// Returns whether more may be delivered now.
    boolean onDurable(long position) {
        boolean more = false;
        Renumbered first;
        while ((first = renumbered.peek()) != null && first.position() < position) {
            renumbered.remove();
            more = true;
        }
        if (attemptedDurable < attempted && attemptedPosition < position) {
            attemptedDurable = attempted;
            return true;
        }
        return more;
    }

    /// Whether something that deliveries wait for is on its way to the disk.
    boolean announcing() {
        return attemptedDurable < attempted || !renumbered.isEmpty();
    }

    /// Marks what was delivered before as such, entry by entry, so that nothing needs to be
    /// presumed of the others after the next start.
    void markTried() {
        eachPage((number, page) -> {
            for (int i = 0; i < Page.ENTRIES && !page.cold(); i++) {
                long entry = (number << Page.BITS) + i;
                if (page.present(i) && entry < redeliveredBelow) {
                    page.markRedelivered(i);
                }
            }
        });
    }

    boolean redelivered(long number) {
        return number < redeliveredBelow || warm(number).redelivered(index(number));
    }

    /// Replay has ended: what may have been delivered is marked so, and no number is used again
    /// that a lost record may have used.
    void onServing() {
        redeliveredBelow = Math.max(redeliveredBelow, attempted);
        end = Math.max(end, attempted);
        attemptedDurable = attempted;
        renumbered.clear();
        cursor = firstPage << Page.BITS;
    }

    void save(SnapshotWriter out) {
        out.putLong(end).putLong(attempted).putLong(redeliveredBelow);
        int[] count = {0};
        eachPage((number, page) -> count[0] += page.live() > 0 ? 1 : 0);
        out.putInt(count[0]);
        eachPage((number, page) -> {
            if (page.live() > 0) {
                out.putLong(number);
                page.save(out);
            }
        });
    }

    /// Returns the bytes of the bodies restored.
    long restore(ByteBuffer in) {
        long savedEnd = in.getLong();
        attempted = in.getLong();
        redeliveredBelow = in.getLong();
        long bytes = 0;
        for (int n = in.getInt(); n > 0; n--) {
            long number = in.getLong();
            Page page = Page.restore(in);
            if (page.live() == 0) {
                continue;
            }
            if (pages == 0) {
                firstPage = number;
            }
            if (number < firstPage + pages || number > savedEnd >>> Page.BITS) {
                throw new IllegalStateException("page " + number + " is out of order");
            }
            reach(number);
            ring[slot(number)] = page;
            if (!page.cold()) {
                warm.add(number);
            }
            ready += page.live();
            bytes += page.bytes();
        }
        end = savedEnd;
        return bytes;
    }

    /// Lets the level go up to a page.
    private void reach(long page) {
        if (page < firstPage || page > PAGE_MAX || page - firstPage >= SPAN_MAX) {
            throw new IllegalStateException(
                    "page " + page + " in a level that begins with page " + firstPage);
        }
        while (pages <= page - firstPage) {
            if (pages == ring.length) {
                grow();
            }
            ring[slot(firstPage + pages)] = null;
            pages++;
        }
    }

    private int slot(long page) {
        return (int) page & ring.length - 1;
    }

    private void grow() {
        @Nullable Page[] larger = new Page[ring.length * 2];
        for (long p = firstPage; p < firstPage + pages; p++) {
            larger[(int) p & larger.length - 1] = ring[slot(p)];
        }
        ring = larger;
    }

    /// Called with a page's number and the page.
    @FunctionalInterface
    interface PageVisit {
        void onPage(long number, Page page);
    }
}
