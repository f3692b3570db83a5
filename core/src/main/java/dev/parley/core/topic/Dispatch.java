package dev.parley.core.topic;

import dev.parley.core.log.Log;
import dev.parley.core.shard.Decision;
import dev.parley.core.shard.Reader;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Sends what waits in sessions to their clients, within what each has room for.
///
/// A client that keeps a delivery's packet id across a crash must find that this side has kept it
/// too. So only what is durable goes out, and before that the log says up to which entry deliveries
/// may happen (ATTEMPT), well ahead: what may have been delivered says so when it comes again. Both
/// become durable with the publish itself, so a delivery waits for one sync, as its publisher does.
final class Dispatch {
    /// Deliveries to one session in one turn; more follow in the next.
    private static final int BATCH = 1024;

    /// Entries that are announced beyond the window, so that it can move without waiting.
    private static final int AHEAD = 256;

    /// Read this much ahead of what is needed.
    private static final int READ_AHEAD = 64 << 10;

    private final Topics topics;
    private final TopicHost host;
    private final Settling settling;
    private final Consumer<Session> touched;
    private final TopicDelivery delivery = new TopicDelivery();
    private final Forms forms = new Forms();
    private final Set<Session> reading = new LinkedHashSet<>();
    private final List<Passing> passing = new ArrayList<>();
    private List<Rise> rising = new ArrayList<>();

    /// A message of quality of service 0 on its way through: it is delivered now or never.
    private record Passing(long session, Terms terms, ByteBuffer stored) {}

    /// What of a session will be durable.
    private record Rise(Session session, @Nullable TopicClient client, long tail, long announced) {
        /// Whether the client is still there that it was promised to.
        boolean holds() {
            return session.client() != null && session.client() == client;
        }

        void keep() {
            session.rise(tail, announced);
        }
    }

    Dispatch(Topics topics, TopicHost host, Settling settling, Consumer<Session> touched) {
        this.touched = touched;
        this.topics = topics;
        this.host = host;
        this.settling = settling;
    }

    void pass(long session, Terms terms, ByteBuffer stored) {
        passing.add(new Passing(session, terms, stored));
    }

    void runPassing() {
        for (Passing one : passing) {
            Session session = topics.get(one.session());
            if (session == null) {
                continue;
            }
            TopicClient client = session.client();
            if (client == null || !session.joined() || !client.ready()) {
                session.missed++;
                continue;
            }
            session.delivered++;
            delivery.show(one.stored(), 0).to(session.id(), 0, false, one.terms());
            client.onDelivery(delivery);
        }
        passing.clear();
    }

    /// Announces deliveries that the session may need soon, and notes what of it will be durable.
    void announce(Session session, Decision decision) {
        if (session.client() == null) {
            return;
        }
        if (isUnannounced(session)) {
            ByteBuffer out = decision.append(Records.ATTEMPT, 16);
            out.putLong(session.id()).putLong(session.sentTo() + session.window() + AHEAD);
            decision.apply();
            forms.clear();
        }
        if (session.rising()) {
            long tail = session.mailbox().tail();
            session.pledge();
            rising.add(new Rise(session, session.client(), tail, session.attempted()));
        }
    }

    private static boolean isUnannounced(Session session) {
        return session.attempted() < session.wanted(AHEAD / 2);
    }

    /// Promises to deliver what this turn has brought.
    void promise(Decision decision) {
        if (rising.isEmpty()) {
            return;
        }
        List<Rise> risen = rising;
        rising = new ArrayList<>();
        decision.promise(() -> {
            risen.removeIf(rise -> !rise.holds());
            risen.forEach(Rise::keep);
            serve(risen, decision);
            forms.clear();
        });
    }

    private void serve(List<Rise> risen, Decision decision) {
        int next = 0;
        try {
            while (next < risen.size()) {
                Session session = risen.get(next++).session();
                if (run(session, decision) || isUnannounced(session)) {
                    touched.accept(session);
                }
            }
        } finally {
            // Should one fail, those behind it are not to wait for their next message.
            risen.subList(next, risen.size()).forEach(rise -> touched.accept(rise.session()));
        }
    }

    /// The deliveries of a turn are over.
    void rest() {
        forms.clear();
    }

    /// Delivers what can be delivered; returns whether more could go at once in another turn.
    boolean run(Session session, Decision decision) {
        TopicClient client = session.client();
        if (client == null || !session.joined() || topics.get(session.id()) != session) {
            return false;
        }
        Mailbox mailbox = session.mailbox();
        for (int n = 0; n < BATCH; n++) {
            long number = session.sentTo();
            if (number >= session.deliverable()) {
                Reader reader = session.readerIfUsed();
                if (reader != null && !reader.reading()) {
                    reader.rest();
                }
                return false;
            }
            byte state = mailbox.state(number);
            if (state == Mailbox.ABSENT || state == Mailbox.ENDING) {
                session.passOver();
                continue;
            }
            if (!session.hasWindow() || !client.ready()) {
                return false;
            }
            if (state == Mailbox.RELEASED) {
                session.sendNext();
                client.onRelease(Mailbox.packetId(number), true);
            } else if (!deliver(session, client, number, decision)) {
                return false;
            }
            if (session.client() != client) {
                return false;
            }
        }
        return true;
    }

    /// False when the message must be read first.
    private boolean deliver(Session session, TopicClient client, long number, Decision decision) {
        Mailbox mailbox = session.mailbox();
        int body = mailbox.body(number);
        long expiry = topics.bodies().expiry(body);
        boolean repeated = number < session.tried();
        if (!repeated && expiry != 0 && expiry <= decision.now()) {
            session.expired++;
            settling.drop(session, number);
            return true;
        }
        Forms.Form known = forms.get(body);
        ByteBuffer record = known == null ? record(session, body, decision) : known.record();
        if (record == null) {
            long position = topics.bodies().position(body);
            if (!session.reader().damaged(position)) {
                reading.add(session);
                return false;
            }
            host.onDamaged(session.name().clientId(), position);
            settling.drop(session, number);
            return true;
        }
        session.sendNext();
        if (repeated) {
            session.redelivered++;
        } else {
            session.delivered++;
        }
        delivery.show(record, Records.messageStart(record))
                .to(session.id(), Mailbox.packetId(number), repeated, mailbox.terms(number))
                .shared(topics.bodies().shared(body));
        if (known != null) {
            delivery.form(known.made());
        }
        client.onDelivery(delivery);
        Object made = delivery.form();
        if (known == null && made != null && delivery.shared()) {
            forms.put(body, new Forms.Form(record, made));
        }
        return true;
    }

    /// The record with the message, or null if it has to be read first.
    private @Nullable ByteBuffer record(Session session, int body, Decision decision) {
        long position = topics.bodies().position(body);
        int size = topics.bodies().size(body) + 4096;
        return session.reader().get(decision, position, size, READ_AHEAD);
    }

    /// Returns the sessions that waited for what was read.
    List<Session> onRead(long position, Log.@Nullable Block block) {
        List<Session> served = new ArrayList<>();
        for (Session session : reading) {
            Reader reader = session.readerIfUsed();
            if (reader == null || reader.onRead(position, block)) {
                served.add(session);
            }
        }
        served.forEach(reading::remove);
        return served;
    }
}
