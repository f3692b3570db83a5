package dev.parley.core.topic;

import dev.parley.core.message.ShortText;
import dev.parley.core.shard.LongIntMap;
import dev.parley.core.shard.SnapshotWriter;
import dev.parley.core.topic.Records.Handover;
import dev.parley.core.topic.Records.Move;
import dev.parley.core.topic.Records.Opening;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/// The part of the topic machine that survives a restart. Only [#apply] changes it.
final class Topics {
    /// Bytes in front of a message, mostly the places that it goes to, that every session which
    /// waits for it counts; of more, none counts any.
    private static final int PLACES_COUNTED = 1_024;

    /// In a snapshot, an entry that is to be delivered and whose message weighs less than its
    /// record.
    private static final byte LIGHT = 3;

    private final Map<Long, Session> sessions = new LinkedHashMap<>();
    private final Map<Session.Name, Session> byName = new HashMap<>();

    /// Where each session stands in `bySlot`: every message looks for the sessions that get it.
    private final LongIntMap slots = new LongIntMap();

    private @Nullable Session[] bySlot = new Session[16];
    private final Bodies bodies = new Bodies();
    private final Retained retained = new Retained(bodies);
    private final Outbox outbox = new Outbox();
    private final PublishReader reader = new PublishReader();

    /// The newest move accepted from each other shard.
    private final TreeMap<Integer, Long> acceptedFrom = new TreeMap<>();

    private final LongUnaryOperator segmentOf;
    private final int shard;
    private long lastSerial;

    Topics(int shard, LongUnaryOperator segmentOf) {
        this.shard = shard;
        this.segmentOf = segmentOf;
    }

    @Nullable Session get(long id) {
        int slot = slots.get(id);
        return slot == LongIntMap.ABSENT ? null : bySlot[slot];
    }

    @Nullable Session get(Session.Name name) {
        return byName.get(name);
    }

    Collection<Session> all() {
        return sessions.values();
    }

    Bodies bodies() {
        return bodies;
    }

    Retained retained() {
        return retained;
    }

    Outbox outbox() {
        return outbox;
    }

    long acceptedFrom(int from) {
        return acceptedFrom.getOrDefault(from, 0L);
    }

    /// The number that the next session gets.
    long nextSession() {
        return Target.session(shard, lastSerial + 1);
    }

    void apply(int type, long position, ByteBuffer in) {
        if (type == Records.PUBLISH) {
            applyPublish(position, in);
        } else if (type == Records.SETTLE) {
            for (int n = in.getInt(); n > 0; n--) {
                settle(in.getLong(), in.getLong(), 1, in.get());
            }
        } else if (type == Records.SETTLE_RUN) {
            for (int n = in.getInt(); n > 0; n--) {
                settle(in.getLong(), in.getLong(), in.getInt(), in.get());
            }
        } else if (type == Records.ATTEMPT) {
            Session session = get(in.getLong());
            if (session != null) {
                session.attempted(in.getLong());
            }
        } else if (type == Records.OPEN) {
            applyOpen(Records.readOpen(in));
        } else if (type == Records.CLOSE) {
            Session session = get(in.getLong());
            if (session != null) {
                session.close(in.getLong(), in.getLong(), in.getLong(), in.getLong());
            }
        } else if (type == Records.END) {
            applyEnd(in.getLong());
        } else if (type == Records.SUBSCRIBE) {
            Session session = get(in.getLong());
            if (session != null) {
                Subscription subscription = Records.readSubscription(in);
                session.subscriptions().put(subscription.filter(), subscription);
            }
        } else if (type == Records.UNSUBSCRIBE) {
            Session session = get(in.getLong());
            if (session != null) {
                session.subscriptions().remove(Records.text(in));
            }
        } else if (type == Records.RELEASE) {
            Session session = get(in.getLong());
            if (session != null) {
                session.received().remove(Short.toUnsignedInt(in.getShort()));
            }
        } else if (type == Records.HANDOVER) {
            applyHandover(Records.readHandover(in));
        } else if (type == Records.MOVED) {
            outbox.moved(Short.toUnsignedInt(in.getShort()), in.getLong(), bodies);
        } else if (type == Records.RELOCATE) {
            in.getInt();
            bodies.move(in.getLong(), position);
        } else if (type == Records.FORGET) {
            retained.remove(Records.text(in), Records.text(in));
        } else if (type == Records.DROP) {
            applyDrop(Records.text(in));
        } else {
            throw new IllegalStateException("unknown topic record " + type + " at " + position);
        }
    }

    private void applyOpen(Opening opening) {
        Session session = get(opening.session());
        if (session == null) {
            session = add(opening);
        }
        session.open(opening.expirySeconds(), opening.will());
    }

    private Session add(Opening opening) {
        Session session = new Session(opening.session(), opening.name(), opening.owner());
        if (sessions.put(session.id(), session) != null) {
            throw new IllegalStateException("session %d begins twice".formatted(session.id()));
        }
        byName.put(session.name(), session);
        int slot = sessions.size() - 1;
        if (slot == bySlot.length) {
            bySlot = Arrays.copyOf(bySlot, slot * 2);
        }
        bySlot[slot] = session;
        slots.put(session.id(), slot);
        lastSerial = Math.max(lastSerial, Target.serialOf(session.id()));
        return session;
    }

    private void applyEnd(long id) {
        Session session = sessions.remove(id);
        if (session != null) {
            byName.remove(session.name());
            fill(slots.remove(id));
            Mailbox mailbox = session.mailbox();
            for (long number = mailbox.head(); number < mailbox.tail(); number++) {
                if (mailbox.present(number) && mailbox.body(number) >= 0) {
                    bodies.release(mailbox.body(number));
                }
            }
        }
    }

    private void applyDrop(String host) {
        for (Session session : List.copyOf(sessions.values())) {
            if (session.name().host().equals(host)) {
                applyEnd(session.id());
            }
        }
        retained.drop(host);
        outbox.drop(host);
    }

    /// The virtual hosts that anything here belongs to.
    Set<String> hosts() {
        Set<String> hosts = new TreeSet<>(retained.hosts());
        sessions.values().forEach(session -> hosts.add(session.name().host()));
        outbox.addHosts(hosts);
        return hosts;
    }

    /// The last session comes to the slot of one that has gone.
    private void fill(int slot) {
        Session last = bySlot[sessions.size()];
        bySlot[sessions.size()] = null;
        if (last != null && slot < sessions.size()) {
            bySlot[slot] = last;
            slots.put(last.id(), slot);
        }
    }

    private void applyPublish(long position, ByteBuffer in) {
        int start = Records.messageStart(in);
        int size = in.remaining() + Records.OVERHEAD;
        int places = start - in.position();
        int weight = places > PLACES_COUNTED ? size - places : size;
        long expiry = Stored.expiry(in, start);
        reader.begin(in);
        TopicCommand.Origin origin = reader.origin();
        Session from = origin == null ? null : get(origin.session());
        if (origin != null && from != null) {
            from.received().add(origin.packetId());
        }
        Session dead = reader.willOf() == 0 ? null : get(reader.willOf());
        if (dead != null) {
            dead.willDone();
        }
        if (reader.move() != 0) {
            acceptedFrom.put(reader.from(), reader.move());
        }
        int body = -1;
        while (reader.next()) {
            Session session = get(reader.session());
            if (session != null) {
                body = referAgain(body, position, size, weight, expiry);
                session.add(reader.number(), body, weight, expiry, reader.terms());
            }
        }
        for (Move move : reader.moves()) {
            body = referAgain(body, position, size, weight, expiry);
            outbox.add(new Outbox.Item(reader.host(), body, move));
        }
        if (reader.keep()) {
            String topic = Stored.topic(in, start);
            if (Stored.payloadSize(in, start) == 0) {
                retained.remove(reader.host(), topic);
            } else {
                retained.put(
                        reader.host(), topic, referAgain(body, position, size, weight, expiry));
            }
        }
    }

    /// The message at `position` with one reference more, which is `body` if that is known.
    private int referAgain(int body, long position, int size, int weight, long expiry) {
        if (body < 0) {
            return bodies.refer(position, size, weight, expiry);
        }
        bodies.again(body);
        return body;
    }

    private void settle(long id, long first, int count, byte outcome) {
        Session session = get(id);
        if (session == null) {
            return;
        }
        Mailbox mailbox = session.mailbox();
        long end = Math.min(mailbox.tail(), first + count);
        for (long number = Math.max(mailbox.head(), first); number < end; number++) {
            if (mailbox.present(number)) {
                letGo(session, number);
                if (outcome == Records.RECEIVED) {
                    mailbox.release(number);
                } else {
                    session.remove(number);
                }
            }
        }
    }

    /// Nothing needs the message of this entry any more.
    private void letGo(Session session, long number) {
        int body = session.mailbox().body(number);
        if (body >= 0) {
            session.letGo(number, bodies.weight(body));
            bodies.release(body);
        }
    }

    private void applyHandover(Handover what) {
        Session from = get(what.from());
        if (from == null || !from.mailbox().present(what.number())) {
            return;
        }
        int body = from.mailbox().body(what.number());
        from.letGo(what.number(), bodies.weight(body));
        from.remove(what.number());
        if (what.shard() != shard) {
            Target target = new Target(what.to(), what.terms());
            Move move = new Move(what.shard(), what.at(), false, List.of(target));
            outbox.add(new Outbox.Item(from.name().host(), body, move));
            return;
        }
        Session to = get(what.to());
        if (to == null) {
            bodies.release(body);
        } else {
            to.add(what.at(), body, bodies.weight(body), bodies.expiry(body), what.terms());
        }
    }

    // ---- snapshots

    void save(SnapshotWriter out) {
        bodies.each(
                body -> out.keep(segmentOf.applyAsLong(bodies.position(body)), bodies.size(body)));
        out.putLong(lastSerial);
        out.putInt(sessions.size());
        sessions.values().forEach(session -> save(session, out));
        retained.save(out);
        out.putInt(acceptedFrom.size());
        acceptedFrom.forEach((from, move) -> out.putInt(from).putLong(move));
        outbox.save(out, bodies);
    }

    private void save(Session session, SnapshotWriter out) {
        byte[] open =
                Records.encodeOpen(
                        session.id(),
                        session.name(),
                        session.expirySeconds(),
                        session.will(),
                        session.owner());
        out.room(open.length).put(open);
        out.putByte(session.open() ? 1 : 0);
        out.putLong(session.endsAt()).putLong(session.willAt()).putLong(session.attempted());
        out.putInt(session.subscriptions().size());
        for (Subscription subscription : session.subscriptions().values()) {
            Records.putSubscription(out.room(Records.subscriptionSize(subscription)), subscription);
        }
        out.putInt(session.received().size());
        session.received().forEach(out::putInt);
        Mailbox mailbox = session.mailbox();
        out.putLong(mailbox.tail()).putInt(mailbox.size());
        Map<Terms, Integer> known = new HashMap<>();
        for (long number = mailbox.head(); number < mailbox.tail(); number++) {
            if (mailbox.present(number)) {
                // What is ending is there until a record says otherwise.
                int body = mailbox.body(number);
                boolean released = body < 0;
                boolean light = !released && bodies.weight(body) < bodies.size(body);
                out.putLong(number);
                out.putByte(released ? Mailbox.RELEASED : light ? LIGHT : Mailbox.WAITING);
                Terms terms = mailbox.terms(number);
                Integer index = known.putIfAbsent(terms, known.size());
                if (index == null) {
                    out.putInt(known.size() - 1);
                    Records.putTerms(out.room(Records.termsSize(terms)), terms);
                } else {
                    out.putInt(index);
                }
                if (!released) {
                    saveBody(out, bodies, body);
                }
                if (light) {
                    out.putInt(bodies.weight(body));
                }
            }
        }
    }

    static void saveBody(SnapshotWriter out, Bodies bodies, int body) {
        out.putLong(bodies.position(body)).putInt(bodies.size(body));
        out.putLong(bodies.expiry(body));
    }

    /// The message, with one reference more.
    static int restoreBody(ByteBuffer in, Bodies bodies) {
        long position = in.getLong();
        int size = in.getInt();
        return bodies.refer(position, size, size, in.getLong());
    }

    static String longText(ByteBuffer in) {
        int length = in.getInt();
        if (length < 0 || length > in.remaining()) {
            throw new IllegalStateException("a text of " + length + " bytes in a snapshot");
        }
        byte[] bytes = new byte[length];
        in.get(bytes);
        return ShortText.decoded(bytes);
    }

    void restore(ByteBuffer in) {
        long serial = in.getLong();
        for (int n = in.getInt(); n > 0; n--) {
            restoreSession(in);
        }
        lastSerial = serial;
        retained.restore(in);
        for (int n = in.getInt(); n > 0; n--) {
            acceptedFrom.put(in.getInt(), in.getLong());
        }
        outbox.restore(in, bodies);
    }

    private void restoreSession(ByteBuffer in) {
        Opening opening = Records.readOpen(in);
        Session session = add(opening);
        boolean open = in.get() != 0;
        long ends = in.getLong();
        long willDue = in.getLong();
        long attempted = in.getLong();
        session.open(opening.expirySeconds(), opening.will());
        if (open) {
            session.attempted(attempted);
        } else {
            session.close(opening.expirySeconds(), attempted, ends, willDue);
        }
        for (int n = in.getInt(); n > 0; n--) {
            Subscription subscription = Records.readSubscription(in);
            session.subscriptions().put(subscription.filter(), subscription);
        }
        for (int n = in.getInt(); n > 0; n--) {
            session.received().add(in.getInt());
        }
        long tail = in.getLong();
        Map<Integer, Terms> known = new HashMap<>();
        for (int n = in.getInt(); n > 0; n--) {
            restoreEntry(session, known, in);
        }
        session.mailbox().end(tail);
    }

    private void restoreEntry(Session session, Map<Integer, Terms> known, ByteBuffer in) {
        long number = in.getLong();
        byte state = in.get();
        int index = in.getInt();
        if (index == known.size()) {
            known.put(index, Records.readTerms(in));
        }
        Terms terms = known.get(index);
        if (terms == null) {
            throw new IllegalStateException("terms " + index + " in a snapshot");
        }
        if (state == Mailbox.RELEASED) {
            session.add(number, -1, 0, 0, terms);
            session.letGo(number, 0);
            session.mailbox().release(number);
        } else {
            int body = restoreBody(in, bodies);
            if (state == LIGHT) {
                bodies.weigh(body, in.getInt());
            }
            session.add(number, body, bodies.weight(body), bodies.expiry(body), terms);
        }
    }
}
