package dev.parley.core.topic;

import dev.parley.api.Reason;
import dev.parley.core.message.ShortText;
import dev.parley.core.shard.Decision;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Who holds which session; when sessions end, and when wills are published.
final class Presence {
    // Turns of the wheel that a session may ask for.
    private static final int END = 0;

    private static final int WILL = 1;
    private static final int EXPIRE = 2;

    /// Sessions are looked through for expired messages no more often; nor those with many than
    /// once in so many milliseconds, or the loop would do little else.
    private static final long SWEEP_MILLIS = 1000;

    private final Topics topics;
    private final TopicHost host;
    private final TopicConfig config;
    private final Intake intake;
    private final Dispatch dispatch;
    private final Settling settling;
    private final Groups groups;
    private final Consumer<Session> touched;
    private final List<Runnable> farewells = new ArrayList<>();
    private long wills;

    Presence(
            Topics topics,
            TopicHost host,
            TopicConfig config,
            Intake intake,
            Dispatch dispatch,
            Settling settling,
            Groups groups,
            Consumer<Session> touched) {
        this.topics = topics;
        this.host = host;
        this.config = config;
        this.intake = intake;
        this.dispatch = dispatch;
        this.settling = settling;
        this.groups = groups;
        this.touched = touched;
    }

    void attach(TopicCommand.Attach attach, Decision decision) {
        if (!host.exists(attach.host())) {
            Reason gone = new Reason.NotFound("the virtual host does not exist any more");
            reply(attach.client(), attach.token(), new TopicReply.Refused(gone), decision);
            return;
        }
        Session.Name name = new Session.Name(attach.host(), attach.clientId());
        Session known = topics.get(name);
        if (known != null && !known.admits(attach.owner())) {
            reply(attach.client(), attach.token(), new TopicReply.Refused(denied(known)), decision);
            return;
        }
        if (known != null) {
            takeOver(known, attach, decision);
            known = topics.get(name);
        }
        if (known == null && topics.all().size() >= config.sessionsMax()) {
            Reason full = new Reason.Full("the shard has " + config.sessionsMax() + " sessions");
            reply(attach.client(), attach.token(), new TopicReply.Refused(full), decision);
            return;
        }
        boolean present = known != null;
        Session session =
                known == null ? new Session(topics.nextSession(), name, attach.owner()) : known;
        settling.flush(decision);
        Records.open(decision, session, attach.expirySeconds(), attach.will());
        hold(present ? session : opened(session.id()), attach, present, decision);
    }

    private static Reason denied(Session session) {
        return new Reason.Denied(
                "the session of client '%s' is another user's"
                        .formatted(session.name().clientId()));
    }

    private Session opened(long id) {
        Session session = topics.get(id);
        if (session == null) {
            throw new IllegalStateException("session " + id + " was not opened");
        }
        return session;
    }

    private void hold(
            Session session, TopicCommand.Attach attach, boolean present, Decision decision) {
        TopicClient client = attach.client();
        decision.cancelTimer(timer(session, END));
        decision.cancelTimer(timer(session, WILL));
        session.hold(client, Math.clamp(attach.window(), 1, TopicConfig.WINDOW_MAX));
        TopicReply reply =
                new TopicReply.Attached(
                        session.id(),
                        present,
                        session.subscriptionList(),
                        new ArrayList<>(session.received()));
        decision.promise(() -> {
            if (session.client() == client) {
                client.onReply(attach.token(), reply);
                session.join();
                touched.accept(session);
            }
        });
        // Announced now, deliveries need not wait once more.
        dispatch.announce(session, decision);
        touched.accept(session);
    }

    /// The session goes from one client to the next, or ends if that one wants none of it.
    private void takeOver(Session session, TopicCommand.Attach attach, Decision decision) {
        TopicClient before = session.client();
        if (before != null) {
            long id = session.id();
            farewells.add(() -> before.onTakenOver(id));
            session.leave();
            Will will = session.will();
            if (will != null && will.delaySeconds() == 0) {
                publishWill(session, decision);
            }
        }
        if (attach.clean()) {
            end(session, decision);
        }
    }

    void detach(TopicCommand.Detach detach, Decision decision) {
        Session session = topics.get(detach.session());
        if (session != null && session.client() == detach.client()) {
            long seconds = detach.expirySeconds();
            leave(
                    session,
                    detach.will(),
                    seconds < 0 ? session.expirySeconds() : seconds,
                    decision);
        }
    }

    private void leave(Session session, boolean will, long seconds, Decision decision) {
        settling.flush(decision);
        session.leave();
        long now = decision.now();
        Will last = session.will();
        long ends = seconds == TopicCommand.NEVER ? 0 : now + seconds * 1000;
        long willDue = 0;
        if (will && last != null) {
            willDue = now + last.delaySeconds() * 1000;
            willDue = ends == 0 ? willDue : Math.min(willDue, ends);
        }
        ByteBuffer out = decision.append(Records.CLOSE, 8 + 8 + 8 + 8 + 8);
        out.putLong(session.id()).putLong(seconds).putLong(session.triedTo());
        out.putLong(ends).putLong(willDue);
        decision.apply();
        if (willDue != 0 && willDue <= now) {
            publishWill(session, decision);
        }
        if (seconds == 0) {
            end(session, decision);
        } else {
            setTimers(session, decision);
            groups.left(session);
        }
    }

    private static void setTimers(Session session, Decision decision) {
        if (session.endsAt() != 0) {
            decision.timer(timer(session, END), session.endsAt());
        }
        if (session.willAt() != 0) {
            decision.timer(timer(session, WILL), session.willAt());
        }
    }

    private void publishWill(Session session, Decision decision) {
        Will will = session.will();
        if (will != null && intake.publishWill(session, will, decision)) {
            wills++;
        }
    }

    void discard(TopicCommand.Discard discard, Decision decision) {
        Session session = topics.get(new Session.Name(discard.host(), discard.clientId()));
        if (session != null && !session.admits(discard.owner())) {
            if (discard.token() != 0) {
                Reason reason = denied(session);
                reply(discard.client(), discard.token(), new TopicReply.Refused(reason), decision);
            }
            return;
        }
        if (session != null) {
            dismiss(session, decision);
        }
        if (discard.token() != 0) {
            reply(discard.client(), discard.token(), new TopicReply.Done(), decision);
        }
    }

    void end(TopicCommand.End end, Decision decision) {
        Session session = topics.get(end.session());
        if (session == null) {
            Reason missing = new Reason.NotFound("the session does not exist any more");
            reply(end.client(), end.token(), new TopicReply.Refused(missing), decision);
            return;
        }
        dismiss(session, decision);
        reply(end.client(), end.token(), new TopicReply.Done(), decision);
    }

    /// The session ends though somebody may hold it.
    private void dismiss(Session session, Decision decision) {
        sendAway(session);
        end(session, decision);
    }

    private void sendAway(Session session) {
        TopicClient client = session.client();
        if (client != null) {
            long id = session.id();
            farewells.add(() -> client.onEnded(id));
            session.leave();
        }
    }

    /// The session ends, and with it everything that waits. Its will is due now at the latest.
    private void end(Session session, Decision decision) {
        settling.flush(decision);
        host.onEnded(session.name().host(), session.id());
        publishWill(session, decision);
        groups.end(session, decision);
        cancelTimers(session, decision);
        decision.append(Records.END, 8).putLong(session.id());
        decision.apply();
    }

    /// What is left of virtual hosts that are gone goes, sessions that somebody holds as well.
    void drop(Decision decision) {
        for (String name : topics.hosts()) {
            if (!host.exists(name)) {
                settling.flush(decision);
                for (Session session : topics.all()) {
                    if (session.name().host().equals(name)) {
                        sendAway(session);
                        host.onEnded(name, session.id());
                        cancelTimers(session, decision);
                    }
                }
                byte[] text = ShortText.bytes(name);
                ByteBuffer out = decision.append(Records.DROP, 2 + text.length);
                Records.putText(out, text);
                decision.apply();
            }
        }
    }

    private static void cancelTimers(Session session, Decision decision) {
        decision.cancelTimer(timer(session, END));
        decision.cancelTimer(timer(session, WILL));
        decision.cancelTimer(timer(session, EXPIRE));
    }

    // ---- subscriptions

    void subscribe(TopicCommand.Subscribe subscribe, Decision decision) {
        Session session = topics.get(subscribe.session());
        long token = subscribe.token();
        for (Subscription subscription : subscribe.subscriptions()) {
            reply(
                    subscribe.client(),
                    token++,
                    subscribe(session, subscription, decision),
                    decision);
        }
    }

    private TopicReply subscribe(
            @Nullable Session session, Subscription subscription, Decision decision) {
        if (session == null) {
            return new TopicReply.Refused(
                    new Reason.NotFound("the session does not exist any more"));
        }
        Subscription before = session.subscriptions().get(subscription.filter());
        if (before == null && session.subscriptions().size() >= config.subscriptionsMax()) {
            return new TopicReply.Refused(
                    new Reason.Full(
                            "a session has at most %d subscriptions"
                                    .formatted(config.subscriptionsMax())));
        }
        if (!subscription.equals(before)) {
            Records.subscribe(decision, session.id(), subscription);
            String name = session.name().host();
            decision.promise(() -> {
                if (topics.get(session.id()) == session) {
                    host.onSubscribed(name, session.id(), subscription);
                }
            });
        }
        return new TopicReply.Subscribed(before != null);
    }

    void unsubscribe(TopicCommand.Unsubscribe unsubscribe, Decision decision) {
        Session session = topics.get(unsubscribe.session());
        long token = unsubscribe.token();
        for (String filter : unsubscribe.filters()) {
            boolean existed = session != null && session.subscriptions().containsKey(filter);
            if (session != null && existed) {
                Records.unsubscribe(decision, session.id(), filter);
                String name = session.name().host();
                decision.promise(() -> host.onUnsubscribed(name, session.id(), filter));
            }
            reply(unsubscribe.client(), token++, new TopicReply.Subscribed(existed), decision);
        }
    }

    // ---- time

    void onTimer(long timer, Decision decision) {
        Session session = topics.get(Target.session(host.shard(), timer >> 2));
        if (session == null) {
            return;
        }
        long now = decision.now();
        switch ((int) timer & 3) {
            case END -> {
                if (session.client() == null && session.endsAt() != 0 && session.endsAt() <= now) {
                    end(session, decision);
                }
            }
            case WILL -> {
                if (session.client() == null && session.willAt() != 0 && session.willAt() <= now) {
                    publishWill(session, decision);
                }
            }
            default -> expire(session, decision);
        }
    }

    /// Removes what has expired and was never sent.
    private void expire(Session session, Decision decision) {
        Mailbox mailbox = session.mailbox();
        long next = Long.MAX_VALUE;
        for (long number = session.triedTo(); number < mailbox.tail(); number++) {
            if (mailbox.state(number) != Mailbox.WAITING) {
                continue;
            }
            long expiry = topics.bodies().expiry(mailbox.body(number));
            if (expiry != 0 && expiry <= decision.now()) {
                session.expired++;
                settling.drop(session, number);
            } else if (expiry != 0) {
                next = Math.min(next, expiry);
            }
        }
        session.nextExpiry(next);
        session.sweepAt(Long.MAX_VALUE);
        setExpiry(session, decision);
    }

    /// Sets the timer for messages that expire.
    void setExpiry(Session session, Decision decision) {
        if (session.nextExpiry() == Long.MAX_VALUE) {
            return;
        }
        long due = Math.max(session.nextExpiry(), decision.now() + pause(session));
        if (due < session.sweepAt()) {
            session.sweepAt(due);
            decision.timer(timer(session, EXPIRE), due);
        }
    }

    /// What has expired must not fill a session that has little room.
    private long pause(Session session) {
        long waiting = session.mailbox().size();
        boolean roomy =
                waiting < config.sessionMessagesMax() / 4 * 3L
                        && session.bytes() < config.sessionBytesMax() / 4 * 3;
        return roomy ? Math.max(SWEEP_MILLIS, waiting) : SWEEP_MILLIS;
    }

    private static long timer(Session session, int kind) {
        return Target.serialOf(session.id()) << 2 | kind;
    }

    // ---- the node

    void onServing() {
        for (Session session : topics.all()) {
            session.onServing();
            String name = session.name().host();
            session.subscriptions()
                    .values()
                    .forEach(one -> host.onSubscribed(name, session.id(), one));
        }
    }

    /// Whoever held a session when the node died has gone without a farewell.
    void begin(Decision decision) {
        for (Session session : new ArrayList<>(topics.all())) {
            if (session.client() != null) {
                continue;
            }
            if (session.open()) {
                leave(session, true, session.expirySeconds(), decision);
            } else {
                setTimers(session, decision);
                groups.left(session);
            }
            setExpiry(session, decision);
        }
    }

    /// The node stops in good order: whoever is still there goes without a farewell.
    void rest(Decision decision) {
        for (Session session : new ArrayList<>(topics.all())) {
            if (session.client() != null) {
                leave(session, true, session.expirySeconds(), decision);
            }
        }
    }

    /// Tells clients what has become of their sessions.
    void sayFarewell() {
        if (farewells.isEmpty()) {
            return;
        }
        List<Runnable> said = new ArrayList<>(farewells);
        farewells.clear();
        said.forEach(Runnable::run);
    }

    long wills() {
        return wills;
    }

    private static void reply(TopicClient client, long token, TopicReply reply, Decision decision) {
        decision.promise(() -> client.onReply(token, reply));
    }
}
