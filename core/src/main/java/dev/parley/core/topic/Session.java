package dev.parley.core.topic;

import dev.parley.core.shard.Reader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// One durable session: what records say of it, and what its present client is told.
final class Session {
    /// The session's name.
    record Name(String host, String clientId) {}

    private final long id;
    private final Name name;
    private final @Nullable String owner;

    // What survives a restart: changed by records only.
    private long expirySeconds;
    private boolean open;
    private long endsAt;
    private long willAt;
    private @Nullable Will will;
    private final Map<String, Subscription> subscriptions = new LinkedHashMap<>();
    private final TreeSet<Integer> received = new TreeSet<>();
    private final Mailbox mailbox = new Mailbox();

    /// One object for all entries with the same terms; but for plain ones, which are so anyway.
    private final Map<Terms, Terms> terms = new HashMap<>();

    private long bytes;
    private int sharedCount;
    private long attempted;

    // What belongs to the present owner.
    private @Nullable TopicClient client;
    private boolean joined;
    private int window;
    private long sentTo;
    private int inFlight;
    private long tried;
    private long durableTail;
    private long durableAttempted;

    /// What both will be when the promises that have been made are kept.
    private long pledgedTail;

    private long pledgedAttempted;
    private boolean dirty;
    private int reserved;
    private long nextExpiry = Long.MAX_VALUE;
    private long sweepAt = Long.MAX_VALUE;
    private @Nullable Reader reader;

    // What a person may ask for.
    long delivered;
    long redelivered;
    long acknowledged;
    long expired;
    long refused;
    long missed;

    /// @param owner null: nobody, as in logs of earlier versions
    Session(long id, Name name, @Nullable String owner) {
        this.id = id;
        this.name = name;
        this.owner = owner;
    }

    @Nullable String owner() {
        return owner;
    }

    /// Whether somebody may have it, or end it.
    boolean admits(@Nullable String who) {
        return owner == null || TopicCommand.NODE.equals(who) || owner.equals(who);
    }

    long id() {
        return id;
    }

    Name name() {
        return name;
    }

    Mailbox mailbox() {
        return mailbox;
    }

    Map<String, Subscription> subscriptions() {
        return subscriptions;
    }

    /// Packet ids of publishes of its client that are not released.
    Set<Integer> received() {
        return received;
    }

    // ---- what records change

    /// Somebody holds it from now on.
    void open(long seconds, @Nullable Will last) {
        expirySeconds = seconds;
        open = true;
        endsAt = 0;
        willAt = 0;
        will = last;
    }

    /// Nobody holds it any more: it ends, and its will is published, at these times.
    void close(long seconds, long attemptedTo, long ends, long willDue) {
        expirySeconds = seconds;
        open = false;
        attempted = attemptedTo;
        endsAt = ends;
        willAt = willDue;
        if (willDue == 0) {
            will = null;
        }
    }

    /// Whether the log says that a client holds it.
    boolean open() {
        return open;
    }

    long expirySeconds() {
        return expirySeconds;
    }

    /// 0: not by itself.
    long endsAt() {
        return endsAt;
    }

    /// 0: not now.
    long willAt() {
        return willAt;
    }

    @Nullable Will will() {
        return will;
    }

    void willDone() {
        will = null;
        willAt = 0;
    }

    boolean hasRoom() {
        return mailbox.hasRoom(reserved);
    }

    /// Entries, with those of messages that are about to be logged.
    int size() {
        return mailbox.size() + reserved;
    }

    /// The number of one more entry of messages that are about to be logged.
    long reserve() {
        return mailbox.tail() + reserved++;
    }

    void add(long number, int body, int size, long expiry, Terms how) {
        reserved = 0;
        mailbox.add(number, body, how.isPlain() ? how : terms.computeIfAbsent(how, same -> same));
        bytes += size;
        if (how.shared()) {
            sharedCount++;
        }
        if (expiry != 0) {
            nextExpiry = Math.min(nextExpiry, expiry);
        }
    }

    /// The entry's message is needed no more.
    void letGo(long number, int size) {
        bytes -= size;
        if (mailbox.terms(number).shared()) {
            sharedCount--;
        }
    }

    void remove(long number) {
        mailbox.remove(number);
        if (mailbox.size() == 0) {
            terms.clear();
        }
    }

    /// Up to which entry deliveries may have happened.
    long attempted() {
        return attempted;
    }

    void attempted(long number) {
        attempted = number;
    }

    long bytes() {
        return bytes;
    }

    /// Messages that came to it as a member of a group.
    int sharedCount() {
        return sharedCount;
    }

    // ---- its client

    @Nullable TopicClient client() {
        return client;
    }

    /// Whether deliveries may go out: the client knows that it holds the session.
    boolean joined() {
        return joined;
    }

    void hold(TopicClient who, int most) {
        client = who;
        joined = false;
        window = most;
        sentTo = mailbox.head();
        inFlight = 0;
        durableTail = 0;
        durableAttempted = 0;
        pledgedTail = 0;
        pledgedAttempted = 0;
    }

    void join() {
        joined = true;
    }

    void leave() {
        tried = Math.max(tried, sentTo);
        client = null;
        joined = false;
        inFlight = 0;
        reader = null;
    }

    /// What was tried before the restart, so far as anybody can know.
    void onServing() {
        tried = Math.min(attempted, mailbox.tail());
        sentTo = mailbox.head();
    }

    /// Entries below were delivered to an earlier client, or may have been.
    long tried() {
        return tried;
    }

    /// The next entry to go to the client.
    long sentTo() {
        sentTo = Math.max(sentTo, mailbox.head());
        return sentTo;
    }

    /// Entries below have been delivered, to this client or an earlier one.
    long triedTo() {
        return Math.max(tried, sentTo);
    }

    boolean sent(long number) {
        return client != null && number < sentTo;
    }

    void passOver() {
        sentTo++;
    }

    void sendNext() {
        sentTo++;
        inFlight++;
    }

    void done(long number) {
        if (sent(number)) {
            inFlight--;
        }
    }

    int inFlight() {
        return inFlight;
    }

    boolean hasWindow() {
        return inFlight < window && sentTo - mailbox.head() < Mailbox.PACKET_IDS;
    }

    /// Entries below may be needed soon.
    long wanted(int ahead) {
        return Math.min(mailbox.tail(), sentTo + window + ahead);
    }

    long window() {
        return window;
    }

    /// Entries below are in the log for certain, and so is that they may be delivered.
    long deliverable() {
        return Math.min(durableTail, durableAttempted);
    }

    /// Whether there is more to promise. What is promised already is not promised anew, or a sync
    /// would be awaited for whatever else has been logged since, as acknowledgements.
    boolean rising() {
        return pledgedTail < mailbox.tail() || pledgedAttempted < attempted;
    }

    void pledge() {
        pledgedTail = mailbox.tail();
        pledgedAttempted = attempted;
    }

    void rise(long tail, long announced) {
        durableTail = tail;
        durableAttempted = announced;
    }

    Reader reader() {
        Reader made = reader;
        if (made == null) {
            made = new Reader();
            reader = made;
        }
        return made;
    }

    @Nullable Reader readerIfUsed() {
        return reader;
    }

    boolean dirty() {
        return dirty;
    }

    void dirty(boolean now) {
        dirty = now;
    }

    /// No message that waits expires before.
    long nextExpiry() {
        return nextExpiry;
    }

    void nextExpiry(long millis) {
        nextExpiry = millis;
    }

    /// When it is looked through for messages that have expired.
    long sweepAt() {
        return sweepAt;
    }

    void sweepAt(long millis) {
        sweepAt = millis;
    }

    SessionStatus status() {
        return new SessionStatus(
                id,
                name.host(),
                name.clientId(),
                client != null,
                new ArrayList<>(subscriptions.values()),
                mailbox.size() - inFlight,
                inFlight,
                bytes,
                received.size(),
                expirySeconds,
                endsAt,
                willAt,
                delivered,
                redelivered,
                acknowledged,
                expired,
                refused,
                missed);
    }

    List<Subscription> subscriptionList() {
        return new ArrayList<>(subscriptions.values());
    }
}
