package dev.parley.core.topic;

import dev.parley.core.log.Log;
import dev.parley.core.shard.Decision;
import dev.parley.core.shard.Reader;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// Appends again what is alive in segments that are nearly empty, so that they can go.
final class Relocation {
    /// Messages appended again in one turn.
    private static final int BATCH = 256;

    private final Topics topics;
    private final TopicHost host;
    private final Reader reader = new Reader();
    private final ArrayDeque<Survivor> survivors = new ArrayDeque<>();

    /// A message by its number and the place where it was found.
    private record Survivor(int body, long position) {}

    Relocation(Topics topics, TopicHost host) {
        this.topics = topics;
        this.host = host;
    }

    void onSparse(long segment, Decision decision) {
        Bodies bodies = topics.bodies();
        bodies.each(body -> {
            if (decision.segment(bodies.position(body)) == segment) {
                survivors.add(new Survivor(body, bodies.position(body)));
            }
        });
    }

    /// Returns whether anything was done.
    boolean run(Decision decision) {
        boolean worked = false;
        for (int n = 0; n < BATCH && !survivors.isEmpty(); n++) {
            if (!relocate(survivors.getFirst(), decision)) {
                return worked;
            }
            survivors.removeFirst();
            worked = true;
        }
        return worked;
    }

    /// Returns false when the message must be read first.
    private boolean relocate(Survivor survivor, Decision decision) {
        long position = survivor.position();
        if (topics.bodies().position(survivor.body()) != position) {
            return true; // it went already
        }
        int size = topics.bodies().size(survivor.body()) + 4096;
        ByteBuffer payload = reader.get(decision, position, size);
        if (payload == null) {
            if (!reader.damaged(position)) {
                return false;
            }
            host.onDamaged("(relocating)", position);
            return true;
        }
        ByteBuffer message = payload.duplicate().position(Records.messageStart(payload));
        // What is appended may lie where the view does.
        byte[] copy = new byte[message.remaining()];
        message.get(copy);
        ByteBuffer out = decision.append(Records.RELOCATE, 4 + 8 + copy.length);
        out.putInt(4 + 8).putLong(position).put(copy);
        decision.apply();
        return true;
    }

    void onRead(long position, Log.@Nullable Block block) {
        reader.onRead(position, block);
    }
}
