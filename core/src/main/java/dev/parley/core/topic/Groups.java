package dev.parley.core.topic;

import dev.parley.core.shard.Decision;
import dev.parley.core.topic.Records.Handover;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Set;
import java.util.function.Consumer;

/// Gives messages of shared subscriptions to other members when the one that has them can't deliver
/// them: its client is gone, or its session ends.
///
/// A message of quality of service 2 that may have been sent stays where it is, and ends with its
/// session: nobody else can know whether it arrived.
final class Groups {
    /// Entries looked at in one turn.
    private static final int BATCH = 4096;

    private final Topics topics;
    private final TopicHost host;
    private final Moves moves;
    private final Consumer<Session> touched;
    private final LinkedHashMap<Session, Round> rounds = new LinkedHashMap<>();

    /// A walk through the mailbox of a session.
    private static final class Round {
        private final Session session;
        private final Set<String> hopeless = new HashSet<>();
        private long next;

        Round(Session session) {
            this.session = session;
            this.next = session.mailbox().head();
        }
    }

    Groups(Topics topics, TopicHost host, Moves moves, Consumer<Session> touched) {
        this.topics = topics;
        this.host = host;
        this.moves = moves;
        this.touched = touched;
    }

    /// The session's client has gone.
    void left(Session session) {
        if (session.sharedCount() > 0) {
            rounds.put(session, new Round(session));
        }
    }

    /// A member of the group has come.
    void gather(TopicCommand.Gather gather) {
        for (Session session : topics.all()) {
            // First whether anything waits: a crowd that comes back asks this of everyone, each
            // time.
            if (session.sharedCount() > 0
                    && session.client() == null
                    && session.name().host().equals(gather.host())
                    && session.subscriptions().containsKey(gather.group())) {
                left(session);
            }
        }
    }

    /// The session ends: somebody else is to have what it leaves, connected or not.
    void end(Session session, Decision decision) {
        if (session.sharedCount() > 0) {
            walk(new Round(session), false, Long.MAX_VALUE, decision);
        }
    }

    /// Returns whether there is more to do.
    boolean run(Decision decision) {
        if (rounds.isEmpty()) {
            return false;
        }
        Round round = rounds.firstEntry().getValue();
        Session session = round.session;
        if (session.client() != null
                || topics.get(session.id()) != session
                || !walk(round, true, BATCH, decision)) {
            rounds.remove(session);
        }
        return true;
    }

    /// Returns whether there is more to look at.
    private boolean walk(Round round, boolean connected, long most, Decision decision) {
        Session session = round.session;
        Mailbox mailbox = session.mailbox();
        boolean moved = false;
        long looked = 0;
        for (; round.next < mailbox.tail() && looked < most; round.next++, looked++) {
            if (mailbox.state(round.next) == Mailbox.WAITING) {
                moved |= handOver(round, round.next, connected, decision);
            }
        }
        if (moved) {
            moves.announce(decision);
        }
        return round.next < mailbox.tail() && session.sharedCount() > 0;
    }

    /// Returns whether the message goes to another shard.
    private boolean handOver(Round round, long number, boolean connected, Decision decision) {
        Session session = round.session;
        Terms terms = session.mailbox().terms(number);
        if (!terms.shared()
                || round.hopeless.contains(terms.group())
                || (terms.qos() == 2 && number < session.triedTo())) {
            return false;
        }
        Target other = host.member(session.name().host(), terms, session.id(), connected);
        if (other == null || other.session() == session.id()) {
            round.hopeless.add(terms.group());
            return false;
        }
        long from = session.id();
        int shard = other.shard();
        if (shard != host.shard()) {
            long move = topics.outbox().nextMove(shard);
            Handover away = new Handover(from, number, shard, move, other.session(), other.terms());
            Records.handover(decision, away);
            return true;
        }
        Session to = topics.get(other.session());
        if (to != null && other.terms().qos() == 0) {
            // Nothing is kept for it, and what would be passed to it now may have to be read first.
            to.missed++;
            return false;
        }
        if (to == null || !to.hasRoom()) {
            return false;
        }
        long at = to.mailbox().tail();
        Records.handover(
                decision, new Handover(from, number, shard, at, other.session(), other.terms()));
        touched.accept(to);
        return false;
    }
}
