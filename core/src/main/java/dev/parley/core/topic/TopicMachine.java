package dev.parley.core.topic;

import dev.parley.core.log.Log;
import dev.parley.core.message.ShortText;
import dev.parley.core.shard.Command;
import dev.parley.core.shard.Decision;
import dev.parley.core.shard.Machine;
import dev.parley.core.shard.SnapshotWriter;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The durable sessions and the retained messages of one shard.
///
/// What survives a restart is in [Topics] and changes by records only. Clients and what they were
/// sent belong to the present owner. Deliveries are logged in advance and go out when the turn that
/// brought them is durable; what was settled in a turn is one record.
public final class TopicMachine implements Machine {
    /// The timer for retained messages that expire: sessions are numbered from 1 on.
    private static final long RETAINED_EXPIRY = 0;

    /// Retained messages are looked through for expired ones no more often.
    private static final long SWEEP_MILLIS = 10_000;

    private final Topics topics;
    private final Settling settling;
    private final Dispatch dispatch;
    private final Moves moves;
    private final Intake intake;
    private final Groups groups;
    private final Presence presence;
    private final Looks looks;
    private final Relocation relocation;
    private final ArrayDeque<Session> dirty = new ArrayDeque<>();

    /// When retained messages are looked through next.
    private long sweepAt = Long.MAX_VALUE;

    /// @param decision the shard's side; not used before [#onServing] or [#decide]
    public TopicMachine(Decision decision, TopicHost host, TopicConfig config) {
        this.topics = new Topics(host.shard(), decision::segment);
        this.settling = new Settling(topics, this::touched);
        this.dispatch = new Dispatch(topics, host, settling, this::touched);
        this.moves = new Moves(topics, host);
        this.intake = new Intake(topics, host, config, dispatch, moves, this::touched);
        this.groups = new Groups(topics, host, moves, this::touched);
        this.presence =
                new Presence(
                        topics, host, config, intake, dispatch, settling, groups, this::touched);
        this.looks = new Looks(topics, host);
        this.relocation = new Relocation(topics, host);
    }

    @Override
    public void decide(Command command, Decision decision) {
        switch ((TopicCommand) command) {
            case TopicCommand.Publish publish -> intake.publish(publish, decision);
            case TopicCommand.Settle settle -> settling.settle(settle);
            case TopicCommand.Resume resume -> resume(resume);
            case TopicCommand.Release release -> release(release, decision);
            case TopicCommand.Attach attach -> presence.attach(attach, decision);
            case TopicCommand.Detach detach -> presence.detach(detach, decision);
            case TopicCommand.Discard discard -> presence.discard(discard, decision);
            case TopicCommand.End end -> presence.end(end, decision);
            case TopicCommand.Subscribe subscribe -> presence.subscribe(subscribe, decision);
            case TopicCommand.Unsubscribe one -> presence.unsubscribe(one, decision);
            case TopicCommand.Gather gather -> groups.gather(gather);
            case TopicCommand.Retained retained -> looks.add(retained);
            case TopicCommand.Inspect inspect -> inspect(inspect, decision);
            case TopicCommand.Begin begin -> presence.begin(decision);
            case TopicCommand.Rest rest -> presence.rest(decision);
            case TopicCommand.Drop drop -> presence.drop(decision);
            case TopicCommand.Accept accept -> intake.accept(accept, decision);
            case TopicCommand.Accepted accepted -> moves.onAccepted(accepted);
        }
    }

    private void resume(TopicCommand.Resume resume) {
        Session session = topics.get(resume.session());
        if (session != null && session.client() == resume.client()) {
            touched(session);
        }
    }

    private void release(TopicCommand.Release release, Decision decision) {
        Session session = topics.get(release.session());
        int packetId = release.packetId();
        boolean known = session != null && session.received().contains(packetId);
        if (known) {
            ByteBuffer out = decision.append(Records.RELEASE, 10);
            out.putLong(release.session()).putShort((short) packetId);
            decision.apply();
        }
        TopicClient client = release.client();
        decision.promise(() -> client.onComplete(packetId, known));
    }

    private void inspect(TopicCommand.Inspect inspect, Decision decision) {
        List<SessionStatus> sessions = new ArrayList<>();
        int connected = 0;
        for (Session session : topics.all()) {
            connected += session.client() == null ? 0 : 1;
            if (inspect.session() == 0 || inspect.session() == session.id()) {
                sessions.add(session.status());
            }
        }
        TopicStatus shard =
                new TopicStatus(
                        topics.all().size(),
                        connected,
                        topics.retained().size(),
                        topics.retained().bytes(),
                        topics.bodies().count(),
                        topics.bodies().bytes(),
                        topics.outbox().size(),
                        intake.published(),
                        presence.wills());
        TopicReply reply = new TopicReply.Statuses(sessions, shard);
        decision.promise(() -> inspect.client().onReply(inspect.token(), reply));
    }

    @Override
    public boolean onTurnEnd(Decision decision) {
        presence.sayFarewell();
        dispatch.runPassing();
        settling.flush(decision);
        moves.flush(decision);
        boolean more = groups.run(decision);
        int round = dirty.size();
        for (int i = 0; i < round; i++) {
            Session session = dirty.remove();
            session.dirty(false);
            if (topics.get(session.id()) != session) {
                continue;
            }
            if (dispatch.run(session, decision)) {
                touched(session);
            }
            dispatch.announce(session, decision);
            presence.setExpiry(session, decision);
        }
        dispatch.rest();
        settling.flush(decision);
        more |= moves.send(decision);
        more |= looks.run(decision);
        more |= relocation.run(decision);
        expireRetained(decision);
        intake.answer(decision);
        dispatch.promise(decision);
        return more || !dirty.isEmpty();
    }

    private void expireRetained(Decision decision) {
        long next = topics.retained().nextExpiry();
        if (next == Long.MAX_VALUE) {
            return;
        }
        long due = Math.max(next, decision.now() + SWEEP_MILLIS);
        if (due < sweepAt) {
            sweepAt = due;
            decision.timer(RETAINED_EXPIRY, due);
        }
    }

    @Override
    public void onTimer(long timer, Decision decision) {
        if (timer != RETAINED_EXPIRY) {
            presence.onTimer(timer, decision);
            return;
        }
        sweepAt = Long.MAX_VALUE;
        for (Retained.Expired one : topics.retained().expired(decision.now())) {
            byte[] name = ShortText.bytes(one.host());
            byte[] topic = ShortText.bytes(one.topic());
            ByteBuffer out = decision.append(Records.FORGET, 4 + name.length + topic.length);
            Records.putText(out, name);
            Records.putText(out, topic);
            decision.apply();
        }
    }

    @Override
    public void onRead(long position, Log.@Nullable Block block, Decision decision) {
        dispatch.onRead(position, block).forEach(this::touched);
        moves.onRead(position, block);
        looks.onRead(position, block);
        relocation.onRead(position, block);
    }

    @Override
    public void onDurable(long position, Decision decision) {}

    @Override
    public void onSparse(long segment, Decision decision) {
        relocation.onSparse(segment, decision);
    }

    @Override
    public void apply(int type, long position, ByteBuffer payload) {
        topics.apply(type, position, payload);
    }

    @Override
    public void onServing(Decision decision) {
        presence.onServing();
        moves.onServing();
    }

    @Override
    public void save(SnapshotWriter out) {
        topics.save(out);
    }

    @Override
    public void restore(ByteBuffer in) {
        topics.restore(in);
    }

    /// Whether a client holds the session.
    boolean isHeld(long id) {
        Session session = topics.get(id);
        return session != null && session.client() != null;
    }

    private void touched(Session session) {
        if (!session.dirty()) {
            session.dirty(true);
            dirty.add(session);
        }
    }
}
