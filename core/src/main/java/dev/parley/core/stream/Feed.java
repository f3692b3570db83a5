package dev.parley.core.stream;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What is handed out, in order: to one reader, or to all that share a cursor.
///
/// Belongs to the present owner; of a cursor only the committed offset survives.
final class Feed {
    /// A message that goes out before new ones.
    ///
    /// @param repeated whether it was delivered before; otherwise it waits for who has its key
    record Waiting(int key, int bytes, boolean repeated) {}

    /// Who has messages of a key, and how many there are.
    private static final class Holder {
        private @Nullable StreamReader reader;
        private int unsettled;
        private int waiting;
    }

    private final Stream stream;
    private final @Nullable String cursor;
    private final List<StreamReader> members = new ArrayList<>();
    private final Browser browser = new Browser();
    private @Nullable Browser waitingBrowser;

    /// What comes before new messages, by offset.
    private final TreeMap<Long, Waiting> waiting = new TreeMap<>();

    private int waitingBytes;
    private final Map<Integer, Holder> holders = new HashMap<>();
    private long next;
    private long missed;

    /// What lies below and was not handed out here may have been before.
    private final long tried;

    /// Messages below may be handed out: the log says so, durably.
    private long allowed;

    /// The same, as far as it is on its way to the log.
    private long attempted;

    private int turn;
    boolean dirty;

    /// Whether what is committed may have changed.
    boolean moved;

    /// Whether nobody will ever read from it again.
    boolean gone;

    /// Bytes of memory that were counted for it.
    long held;

    /// What one reader gets for itself.
    Feed(Stream stream, long next) {
        this(stream, null, next, 0);
        allowed = Long.MAX_VALUE;
    }

    /// What all get who share a cursor.
    ///
    /// @param tried what lies below may have been handed out before
    Feed(Stream stream, @Nullable String cursor, long next, long tried) {
        this.stream = stream;
        this.cursor = cursor;
        this.next = next;
        this.tried = tried;
        this.allowed = tried;
        this.attempted = tried;
    }

    Stream stream() {
        return stream;
    }

    /// The name of its cursor, or null if it is one reader's own.
    @Nullable String cursor() {
        return cursor;
    }

    List<StreamReader> members() {
        return members;
    }

    Browser browser() {
        return browser;
    }

    /// For messages that come again, so that new ones keep their place.
    Browser waitingBrowser() {
        Browser made = waitingBrowser;
        if (made == null) {
            made = new Browser();
            waitingBrowser = made;
        }
        return made;
    }

    @Nullable Browser waitingBrowserIfUsed() {
        return waitingBrowser;
    }

    /// Nothing waits: what was read for it is not needed any more.
    void forgetWaiting() {
        Browser again = waitingBrowser;
        if (again != null && !again.reading()) {
            waitingBrowser = null;
        }
    }

    NavigableMap<Long, Waiting> waiting() {
        return waiting;
    }

    int waitingBytes() {
        return waitingBytes;
    }

    /// The first message that was not handed out.
    long next() {
        return next;
    }

    void next(long offset) {
        next = offset;
    }

    /// Whether the message at `offset` may have been handed out by an earlier owner, or for an
    /// earlier feed of the cursor.
    boolean wasTried(long offset) {
        return offset < tried;
    }

    /// What lies below has been handed out, here or before.
    long triedTo() {
        return Math.max(tried, next);
    }

    /// Whether a new message may be handed out.
    boolean allows(long offset) {
        return offset < allowed;
    }

    /// New messages below may be handed out from now on.
    void allow(long offset) {
        allowed = Math.max(allowed, offset);
    }

    long attempted() {
        return attempted;
    }

    void attempted(long offset) {
        attempted = offset;
    }

    /// What is missed so far, which is then forgotten.
    long takeMissed() {
        long taken = missed;
        missed = 0;
        return taken;
    }

    void miss(long more) {
        missed += more;
    }

    /// Everything below is settled.
    long committed() {
        long lowest = next;
        if (!waiting.isEmpty()) {
            lowest = Math.min(lowest, waiting.firstKey());
        }
        for (StreamReader member : members) {
            lowest = Math.min(lowest, member.unsettled().first());
        }
        return lowest;
    }

    int unsettled() {
        int count = waiting.size();
        for (StreamReader member : members) {
            count += member.unsettled().size();
        }
        return count;
    }

    boolean anyHasRoom() {
        for (StreamReader member : members) {
            if (member.hasRoom()) {
                return true;
            }
        }
        return false;
    }

    // ---- who gets what

    /// Who takes a new message of this key now, or null.
    @Nullable StreamReader pick(int key) {
        if (alone()) {
            StreamReader only = members.getFirst();
            return only.accepts() ? only : null;
        }
        Holder holder = holders.get(key);
        return holder != null && holder.waiting > 0 ? null : pick(holder);
    }

    /// Who takes a message of this key that waits now, when none before it does.
    @Nullable StreamReader pickAgain(int key) {
        return pick(holders.get(key));
    }

    /// Whether somebody may have room for a message of this key.
    boolean mayTake(int key) {
        Holder holder = holders.get(key);
        StreamReader sticky = holder == null || holder.unsettled == 0 ? null : holder.reader;
        return sticky == null ? anyHasRoom() : sticky.hasRoom();
    }

    private @Nullable StreamReader pick(@Nullable Holder holder) {
        if (holder != null && holder.unsettled > 0) {
            StreamReader sticky = holder.reader;
            return sticky != null && sticky.accepts() ? sticky : null;
        }
        for (int n = 0; n < members.size(); n++) {
            turn = (turn + 1) % members.size();
            StreamReader member = members.get(turn);
            if (member.accepts()) {
                return member;
            }
        }
        return null;
    }

    /// Whether there is one reader and nobody else can have messages of any key.
    boolean alone() {
        return members.size() == 1;
    }

    /// A member has a message of this key.
    void hold(int key, StreamReader reader) {
        if (cursor != null) {
            Holder holder = holders.computeIfAbsent(key, _ -> new Holder());
            holder.reader = reader;
            holder.unsettled++;
        }
    }

    void letGo(int key) {
        Holder holder = holders.get(key);
        if (holder != null) {
            holder.unsettled--;
            tidy(key, holder);
        }
    }

    /// A message waits.
    void await(long offset, Waiting message) {
        waiting.put(offset, message);
        waitingBytes += message.bytes();
        holders.computeIfAbsent(message.key(), _ -> new Holder()).waiting++;
    }

    void waitNoMore(long offset, Waiting message) {
        waiting.remove(offset);
        waitingBytes -= message.bytes();
        Holder holder = holders.get(message.key());
        if (holder != null) {
            holder.waiting--;
            tidy(message.key(), holder);
        }
    }

    private void tidy(int key, Holder holder) {
        if (holder.unsettled <= 0 && holder.waiting <= 0) {
            holders.remove(key);
        }
    }

    /// What lies below `first` is about to go.
    void lose(long first) {
        while (!waiting.isEmpty() && waiting.firstKey() < first) {
            waitNoMore(waiting.firstKey(), waiting.firstEntry().getValue());
            missed++;
        }
        if (next < first) {
            missed += stream.between(next, first);
            next = first;
        }
    }

    /// Bytes of memory that what was read for it takes.
    int bytes() {
        Browser again = waitingBrowser;
        return browser.bytes() + (again == null ? 0 : again.bytes());
    }

    /// The turn is over.
    void unshow() {
        browser.unshow();
        Browser again = waitingBrowser;
        if (again != null) {
            again.unshow();
        }
    }

    /// Whether something is being read for it.
    boolean reading() {
        Browser again = waitingBrowser;
        return browser.reading() || again != null && again.reading();
    }

    void rest() {
        browser.rest();
        Browser again = waitingBrowser;
        if (again != null) {
            again.rest();
        }
    }
}
