package dev.parley.core.stream;

import dev.parley.core.shard.MachineStage;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The streams of one shard on stage.
final class StreamStage extends MachineStage<StreamMachine> implements StreamHost {
    static final String HOST = "/";

    /// Blocks of ten messages or 1,000 bytes; 300 bytes are too many for a block.
    static final StreamConfig SMALL = new StreamConfig(1_000, 10, 300, 4_000, 8_000);

    private final StreamConfig config;
    final List<Long> damaged = new ArrayList<>();
    private long lastReader;

    /// Reads asked for so far, and the most bytes of one of them.
    int readCount;

    StreamStage() {
        this(SMALL);
    }

    StreamStage(StreamConfig config) {
        this.config = config;
        open();
    }

    @Override
    protected StreamMachine make() {
        return new StreamMachine(this, this, config);
    }

    @Override
    protected void onCrash() {
        syncAgain();
    }

    // ---- what a test asks for

    void create(long stream, StreamSpec spec) {
        give(new StreamCommand.Create(stream, HOST, "s" + stream, spec));
        turn();
    }

    static StreamMessage message(String subject, int key, String body) {
        return new StreamMessage("ex", subject, key, bytes("p" + body), bytes(body));
    }

    static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    /// Publishes without ending the turn; returns the token.
    long publish(TestReader client, long stream, String subject, int key, String body) {
        long token = client.nextToken();
        give(
                new StreamCommand.Publish(
                        client, token, List.of(stream), message(subject, key, body)));
        return token;
    }

    /// Publishes bodies from `from` to `to`, each under itself as subject and key, in one turn.
    void publish(long stream, int from, int to) {
        TestReader client = new TestReader();
        for (int n = from; n <= to; n++) {
            publish(client, stream, "k" + n, n, "m" + n);
        }
        turn();
    }

    TestReader attach(long stream, Start start, @Nullable String cursor, int window) {
        TestReader reader = new TestReader();
        attach(reader, stream, start, cursor, window);
        turn();
        return reader;
    }

    void attach(TestReader reader, long stream, Start start, @Nullable String cursor, int window) {
        reader.id = ++lastReader;
        reader.attached = reader.nextToken();
        give(
                new StreamCommand.Attach(
                        reader, reader.attached, stream, reader.id, start, cursor, window));
    }

    void detach(TestReader reader, long stream) {
        give(new StreamCommand.Detach(reader, 0, stream, reader.id));
        turn();
    }

    void settle(TestReader reader, long stream, long from, long to) {
        give(new StreamCommand.Settle(stream, reader.id, from, to));
        turn();
    }

    void giveBack(TestReader reader, long stream, long from, long to) {
        give(new StreamCommand.Return(stream, reader.id, from, to));
        turn();
    }

    StreamReply.Page read(long stream, Start start, int count, int bytes) {
        TestReader asker = new TestReader();
        give(new StreamCommand.Read(asker, 1, stream, start, count, bytes));
        turn();
        return (StreamReply.Page) asker.reply(1);
    }

    StreamStatus status(long stream) {
        TestReader asker = new TestReader();
        give(new StreamCommand.Inspect(asker, 1, stream, true));
        turn();
        return ((StreamReply.Statuses) asker.reply(1)).streams().getFirst();
    }

    StreamReply move(long stream, String cursor, long offset) {
        TestReader asker = new TestReader();
        give(new StreamCommand.Move(asker, 1, stream, cursor, offset));
        turn();
        return asker.reply(1);
    }

    // ---- the shard's side

    @Override
    public void read(long position, int size) {
        readCount++;
        super.read(position, size);
    }

    // ---- the node's side

    @Override
    public void onDamaged(String host, String stream, long position) {
        damaged.add(position);
    }
}
