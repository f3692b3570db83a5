package dev.parley.core.stream;

import dev.parley.api.Reason;
import dev.parley.core.log.Log;
import dev.parley.core.shard.Command;
import dev.parley.core.shard.Decision;
import dev.parley.core.shard.Machine;
import dev.parley.core.shard.SnapshotWriter;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The streams of one shard.
///
/// What survives a restart is in [Streams] and changes by records only. Readers belong to the
/// present owner. A message is logged when it comes, and again in a block with its neighbours when
/// there are enough of them: history is read a block at a time, and a block is all that memory
/// holds of it.
public final class StreamMachine implements Machine {
    private final Streams streams;
    private final Cursors cursors = new Cursors();
    private final Dispatch dispatch;
    private final Intake intake;
    private final Readers readers;
    private final Looks looks;
    private final Retention retention = new Retention(cursors::moved);
    private final Folding folding;
    private final Relocation relocation;
    private final ArrayDeque<Stream> dirty = new ArrayDeque<>();

    /// @param decision the shard's side; not used before [#onServing] or [#decide]
    public StreamMachine(Decision decision, StreamHost host, StreamConfig config) {
        this.streams = new Streams(decision::segment);
        this.folding = new Folding(streams, host, config, this::touched);
        this.relocation = new Relocation(streams, host, config, folding);
        this.dispatch = new Dispatch(host, config, cursors::moved, folding::grown);
        this.intake = new Intake(streams, this::touched);
        this.readers = new Readers(streams, host, dispatch, cursors);
        this.looks = new Looks(streams, host);
    }

    @Override
    public void decide(Command command, Decision decision) {
        switch ((StreamCommand) command) {
            case StreamCommand.Publish publish -> intake.publish(publish, decision);
            case StreamCommand.Accept accept -> intake.accept(accept, decision);
            case StreamCommand.Settle settle -> readers.settle(settle);
            case StreamCommand.Resume resume -> readers.resume(resume);
            case StreamCommand.Return back -> readers.giveBack(back);
            case StreamCommand.Attach attach -> readers.attach(attach, decision);
            case StreamCommand.Detach detach -> readers.detach(detach, decision);
            case StreamCommand.Move move -> readers.move(move, decision);
            case StreamCommand.Read read -> looks.add(read);
            case StreamCommand.Inspect inspect -> inspect(inspect, decision);
            case StreamCommand.Create create -> create(create, decision);
            case StreamCommand.Delete delete -> delete(delete, decision);
            case StreamCommand.Retain retain -> retain(retain, decision);
        }
    }

    private void create(StreamCommand.Create create, Decision decision) {
        Stream stream = streams.get(create.stream());
        if (stream == null || !stream.isShaped(create.spec())) {
            long seed = stream == null ? decision.chance().next() : 0;
            Records.create(
                    decision, create.stream(), seed, create.host(), create.name(), create.spec());
            Stream made = streams.get(create.stream());
            if (made != null) {
                touched(made);
            }
        }
    }

    private void delete(StreamCommand.Delete delete, Decision decision) {
        Stream stream = streams.get(delete.stream());
        StreamReply reply;
        if (stream == null) {
            reply = new StreamReply.Done(0);
        } else if (delete.ifUnused() && stream.readers() > 0) {
            reply = new StreamReply.Refused(new Reason.Precondition("readers have the stream"));
        } else {
            reply = new StreamReply.Done(stream.messages());
            delete(stream, decision);
        }
        StreamClient client = delete.client();
        if (client != null) {
            decision.promise(() -> client.onReply(delete.token(), reply));
        }
    }

    private void delete(Stream stream, Decision decision) {
        Records.delete(decision, stream.id());
        decision.cancelTimer(stream.id());
        readers.end(stream, decision);
    }

    private void retain(StreamCommand.Retain retain, Decision decision) {
        Set<Long> kept = new HashSet<>(retain.streams());
        for (Stream stream : List.copyOf(streams.all())) {
            if (!kept.contains(stream.id())) {
                delete(stream, decision);
            }
        }
    }

    private void inspect(StreamCommand.Inspect inspect, Decision decision) {
        // What the answer says of cursors is durable when it comes.
        if (inspect.cursors()) {
            readers.forget(cursors.flush(dispatch::touch, decision));
        }
        List<StreamStatus> found = new ArrayList<>();
        if (inspect.stream() == 0) {
            streams.all().forEach(stream -> found.add(status(stream, inspect.cursors())));
        } else {
            Stream stream = streams.get(inspect.stream());
            if (stream != null) {
                found.add(status(stream, inspect.cursors()));
            }
        }
        StreamReply reply = new StreamReply.Statuses(found);
        decision.promise(() -> inspect.client().onReply(inspect.token(), reply));
    }

    private static StreamStatus status(Stream stream, boolean withCursors) {
        return new StreamStatus(
                stream.id(),
                stream.host(),
                stream.name(),
                stream.first(),
                stream.next(),
                stream.messages(),
                stream.bytes(),
                stream.firstMillis(),
                stream.readers(),
                stream.published,
                stream.delivered,
                withCursors ? cursors(stream) : List.of());
    }

    private static List<StreamStatus.CursorStatus> cursors(Stream stream) {
        List<StreamStatus.CursorStatus> found = new ArrayList<>();
        stream.cursors()
                .forEach((name, mark) -> {
                    Feed feed = stream.feed(name);
                    found.add(
                            new StreamStatus.CursorStatus(
                                    name,
                                    feed == null ? mark.offset() : feed.committed(),
                                    feed == null ? 0 : feed.members().size(),
                                    feed == null ? 0 : feed.unsettled()));
                });
        return found;
    }

    @Override
    public boolean onTurnEnd(Decision decision) {
        while (!dirty.isEmpty()) {
            Stream stream = dirty.remove();
            stream.dirty = false;
            if (streams.get(stream.id()) == stream) {
                retention.check(stream, decision);
                folding.thinned(stream);
                dispatch.rise(stream);
            }
        }
        readers.search(decision);
        boolean more = dispatch.run(decision);
        readers.forget(cursors.flush(dispatch::touch, decision));
        more |= looks.run(decision);
        more |= folding.run(decision);
        more |= relocation.run(decision);
        intake.answer(decision);
        dispatch.promise(decision);
        return more || !dirty.isEmpty();
    }

    @Override
    public void onTimer(long timer, Decision decision) {
        Stream stream = streams.get(timer);
        if (stream != null) {
            stream.checkAt = Long.MAX_VALUE;
            touched(stream);
        }
    }

    @Override
    public void onRead(long position, Log.@Nullable Block block, Decision decision) {
        dispatch.onRead(position, block);
        readers.onRead(position, block);
        looks.onRead(position, block);
        folding.onRead(position, block);
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
        streams.apply(type, position, payload);
    }

    @Override
    public void onServing(Decision decision) {
        for (Stream stream : streams.all()) {
            stream.begin();
            cursors.begin(stream);
            folding.grown(stream);
            touched(stream);
        }
    }

    @Override
    public void save(SnapshotWriter out) {
        streams.save(out);
    }

    @Override
    public void restore(ByteBuffer in) {
        streams.restore(in);
    }

    private void touched(Stream stream) {
        if (!stream.dirty) {
            stream.dirty = true;
            dirty.add(stream);
        }
    }
}
