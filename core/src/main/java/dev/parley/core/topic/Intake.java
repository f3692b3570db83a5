package dev.parley.core.topic;

import dev.parley.api.Reason;
import dev.parley.core.message.ShortText;
import dev.parley.core.shard.Decision;
import dev.parley.core.topic.Records.Move;
import dev.parley.core.topic.Records.Publication;
import dev.parley.core.topic.TopicCommand.Origin;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Takes messages into sessions and keeps the retained ones; tells publishers what is durable.
final class Intake {
    /// Sessions that one record puts a message into; of more, each record has its own copy.
    private static final int PLACES_MAX = 50_000;

    /// Sessions of other shards that one record names; likewise. With both there are no more
    /// different terms than a record can number.
    private static final int MOVED_MAX = 15_000;

    /// Bytes of the terms of either that one record names, about: a record has to fit into a
    /// segment, and a group's filter is long where somebody likes that.
    private static final int TERMS_BYTES_MAX = 256 << 10;

    private final Topics topics;
    private final TopicHost host;
    private final TopicConfig config;
    private final Dispatch dispatch;
    private final Moves moves;
    private final Consumer<Session> touched;
    private final int shard;
    private final Draft draft = new Draft();
    private final PublishWriter writer = new PublishWriter();
    private final List<Acceptance> acceptances = new ArrayList<>();
    private @Nullable Acceptance newest;
    private long published;

    Intake(
            Topics topics,
            TopicHost host,
            TopicConfig config,
            Dispatch dispatch,
            Moves moves,
            Consumer<Session> touched) {
        this.topics = topics;
        this.host = host;
        this.config = config;
        this.dispatch = dispatch;
        this.moves = moves;
        this.touched = touched;
        this.shard = host.shard();
    }

    /// A promise to a publisher, for a run of its tokens.
    private static final class Acceptance {
        private final TopicClient client;
        private final long from;
        private long to;
        private boolean durable;

        Acceptance(TopicClient client, long token, boolean durable) {
            this.client = client;
            this.from = token;
            this.to = token;
            this.durable = durable;
        }

        void keep() {
            client.onAccepted(from, to);
        }
    }

    /// What one record names already.
    private static final class Load {
        private final int most;
        private int count;
        private int bytes;

        Load(int most) {
            this.most = most;
        }

        /// Takes one more, if that fits; the first always does.
        boolean takes(Terms terms) {
            int more = terms.isPlain() ? 0 : 4 * terms.ids().size() + 3 * terms.group().length();
            if (count == most || (count > 0 && bytes + more > TERMS_BYTES_MAX)) {
                return false;
            }
            count++;
            bytes += more;
            return true;
        }
    }

    /// What a message comes to, before it is logged; used for one after the other.
    private final class Draft {
        private final Places places = new Places();
        private final TreeMap<Integer, List<Target>> away = new TreeMap<>();
        private @Nullable ByteBuffer stored;

        void clear() {
            places.clear();
            away.clear();
            stored = null;
        }

        void add(Target target, String name, TopicMessage message) {
            Session session = target.shard() == shard ? topics.get(target.session()) : null;
            Target goes = target;
            if (session == null && target.shard() == shard && target.terms().shared()) {
                Target other = host.member(name, target.terms(), target.session(), false);
                if (other != null) {
                    goes = other;
                    session = other.shard() == shard ? topics.get(other.session()) : null;
                }
            }
            if (goes.shard() != shard) {
                away.computeIfAbsent(goes.shard(), key -> new ArrayList<>()).add(goes);
            } else if (session != null && goes.terms().qos() == 0) {
                dispatch.pass(goes.session(), goes.terms(), stored(message));
            } else if (session != null && admits(session, name, message)) {
                places.add(session.id(), session.reserve(), goes.terms());
                touched.accept(session);
            }
        }

        private boolean admits(Session session, String name, TopicMessage message) {
            long more = message.payload().remaining() + (long) message.properties().remaining();
            if (session.size() < config.sessionMessagesMax()
                    && session.hasRoom()
                    && session.bytes() + more <= config.sessionBytesMax()) {
                return true;
            }
            session.refused++;
            host.onOverflow(name, session.name().clientId());
            return false;
        }

        private ByteBuffer stored(TopicMessage message) {
            ByteBuffer made = stored;
            if (made == null) {
                byte[] topic = ShortText.bytes(message.topic());
                made = ByteBuffer.allocate(Stored.size(message, topic));
                Stored.put(made, message, topic);
                made.flip();
                stored = made;
            }
            return made;
        }

        List<Move> moves(int keeper) {
            if (keeper >= 0 && keeper != shard) {
                away.computeIfAbsent(keeper, key -> new ArrayList<>());
            }
            if (away.isEmpty()) {
                return List.of();
            }
            List<Move> list = new ArrayList<>();
            away.forEach((to, targets) -> {
                long move = topics.outbox().nextMove(to);
                int end = end(targets, 0);
                list.add(new Move(to, move, to == keeper, targets.subList(0, end)));
                while (end < targets.size()) {
                    int from = end;
                    end = end(targets, from);
                    list.add(new Move(to, ++move, false, targets.subList(from, end)));
                }
            });
            return list;
        }

        /// Behind the last target from `from` on that one move takes.
        private static int end(List<Target> targets, int from) {
            Load load = new Load(MOVED_MAX);
            int to = from;
            while (to < targets.size() && load.takes(targets.get(to).terms())) {
                to++;
            }
            return to;
        }
    }

    void publish(TopicCommand.Publish publish, Decision decision) {
        Origin origin = publish.origin();
        if (origin != null && !admits(publish, origin, decision)) {
            return;
        }
        TopicMessage message = publish.message();
        if (publish.keeper() == shard && isTooMany(publish.host(), message)) {
            refuse(publish, new Reason.Full("the retained messages are at their limit"), decision);
            return;
        }
        boolean logged =
                log(
                        publish.host(),
                        message,
                        origin,
                        0,
                        publish.keeper(),
                        publish.targets(),
                        decision);
        if (publish.token() != 0) {
            accept(publish.client(), publish.token(), logged);
        }
    }

    /// Whether a publish of quality of service 2 is to be taken: whoever repeats it is told that it
    /// has been.
    private boolean admits(TopicCommand.Publish publish, Origin origin, Decision decision) {
        Session session = topics.get(origin.session());
        if (session == null) {
            refuse(publish, new Reason.NotFound("the session does not exist any more"), decision);
            return false;
        }
        if (!session.received().contains(origin.packetId())) {
            return true;
        }
        TopicClient client = publish.client();
        long token = publish.token();
        if (token != 0) {
            decision.promise(() -> client.onKnown(token));
        }
        return false;
    }

    private boolean isTooMany(String name, TopicMessage message) {
        return message.payload().hasRemaining()
                && topics.retained().size() >= config.retainedMax()
                && !topics.retained().has(name, message.topic());
    }

    private static void refuse(TopicCommand.Publish publish, Reason reason, Decision decision) {
        TopicClient client = publish.client();
        long token = publish.token();
        if (token != 0) {
            decision.promise(() -> client.onRefused(token, reason));
        }
    }

    /// Publishes a session's will, whomever it reaches, and logs that this was done; returns false
    /// where its user may not publish it any more, and it is over all the same.
    boolean publishWill(Session session, Will will, Decision decision) {
        String name = session.name().host();
        TopicMessage message = will.published(decision.now());
        if (!host.mayPublish(name, session.owner(), message.topic())) {
            log(name, message, null, session.id(), TopicHost.NOWHERE, List.of(), decision);
            published--;
            return false;
        }
        List<Target> targets = host.route(name, message, will.retain(), session.id());
        int keeper = will.retain() ? host.keeper(name, message.topic()) : TopicHost.NOWHERE;
        if (keeper == shard && isTooMany(name, message)) {
            keeper = TopicHost.NOWHERE;
            host.onOverflow(name, session.name().clientId());
        }
        log(name, message, null, session.id(), keeper, targets, decision);
        decision.promise(() -> host.onWill(name, message, will.retain(), session.id()));
        return true;
    }

    /// Returns whether anything was logged.
    private boolean log(
            String name,
            TopicMessage message,
            @Nullable Origin origin,
            long willOf,
            int keeper,
            List<Target> targets,
            Decision decision) {
        List<Move> away = draft(name, message, targets, keeper);
        boolean keep = keeper == shard && host.exists(name);
        published++;
        if (draft.places.isEmpty() && away.isEmpty() && !keep && origin == null && willOf == 0) {
            return false;
        }
        append(new Publication(name, origin, willOf, 0, 0, keep, away), message, decision);
        if (!away.isEmpty()) {
            moves.announce(decision);
        }
        return true;
    }

    /// Works out where the message goes on this shard; returns what others get.
    private List<Move> draft(String name, TopicMessage message, List<Target> targets, int keeper) {
        draft.clear();
        for (int i = 0; i < targets.size(); i++) {
            draft.add(targets.get(i), name, message);
        }
        return draft.moves(keeper);
    }

    private void append(Publication what, TopicMessage message, Decision decision) {
        Places all = draft.places;
        int end = end(all, 0);
        int moves = named(what.moves(), 0);
        Publication begins =
                moves == what.moves().size()
                        ? what
                        : new Publication(
                                what.host(),
                                what.origin(),
                                what.willOf(),
                                what.from(),
                                what.move(),
                                what.keep(),
                                what.moves().subList(0, moves));
        writer.publish(decision, begins, all, 0, end, message);
        while (end < all.size()) {
            int from = end;
            end = end(all, from);
            writer.publish(decision, more(what, List.of()), all, from, end, message);
        }
        while (moves < what.moves().size()) {
            int to = named(what.moves(), moves);
            Publication more = more(what, what.moves().subList(moves, to));
            writer.publish(decision, more, all, 0, 0, message);
            moves = to;
        }
    }

    /// Behind the last place from `from` on that one record names.
    private static int end(Places places, int from) {
        Load load = new Load(PLACES_MAX);
        int to = from;
        while (to < places.size() && load.takes(places.terms(to))) {
            to++;
        }
        return to;
    }

    /// The move behind those from `from` on that one record names: one at least.
    private static int named(List<Move> moves, int from) {
        Load load = new Load(MOVED_MAX);
        int to = from;
        while (to < moves.size()
                && (moves.get(to).targets().stream().allMatch(one -> load.takes(one.terms()))
                        || to == from)) {
            to++;
        }
        return to;
    }

    /// What another record of the same turn says of the same message.
    private static Publication more(Publication what, List<Move> moves) {
        return new Publication(what.host(), null, 0, 0, 0, false, moves);
    }

    private void accept(TopicClient client, long token, boolean durable) {
        Acceptance last = newest;
        if (last != null && last.client == client && last.to + 1 == token) {
            last.to = token;
            last.durable |= durable;
            return;
        }
        Acceptance acceptance = new Acceptance(client, token, durable);
        acceptances.add(acceptance);
        newest = acceptance;
    }

    /// Takes a message that another shard moves here, once.
    void accept(TopicCommand.Accept accept, Decision decision) {
        if (accept.move() > topics.acceptedFrom(accept.from())) {
            List<Move> away =
                    draft(accept.host(), accept.message(), accept.targets(), TopicHost.NOWHERE);
            boolean keep = accept.keep() && host.exists(accept.host());
            if (keep && isTooMany(accept.host(), accept.message())) {
                keep = false;
                host.onOverflow(accept.host(), accept.message().topic());
            }
            append(
                    new Publication(
                            accept.host(), null, 0, accept.from(), accept.move(), keep, away),
                    accept.message(),
                    decision);
            if (!away.isEmpty()) {
                moves.announce(decision);
            }
        }
        moves.accepted(accept.from(), accept.move(), decision);
    }

    /// Promises what this turn has taken; what needs no disk is answered at once.
    void answer(Decision decision) {
        for (Acceptance acceptance : acceptances) {
            if (acceptance.durable) {
                decision.promise(acceptance::keep);
            } else {
                acceptance.keep();
            }
        }
        acceptances.clear();
        newest = null;
    }

    long published() {
        return published;
    }
}
