package dev.parley.core.stream;

import dev.parley.core.log.Log;
import dev.parley.core.shard.Decision;
import dev.parley.core.shard.Reader;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Appends again what is alive in segments that are nearly empty, so that they can go.
final class Relocation {
    /// Messages appended again in one turn.
    private static final int BATCH = 256;

    private final Streams streams;
    private final StreamHost host;
    private final StreamConfig config;
    private final Folding folding;
    private final Reader reader = new Reader();
    private final ArrayDeque<Survivor> survivors = new ArrayDeque<>();

    /// A message by the place where it was found, and all that it stands for.
    private record Survivor(long position, int bytes, List<Records.Place> places) {}

    Relocation(Streams streams, StreamHost host, StreamConfig config, Folding folding) {
        this.streams = streams;
        this.host = host;
        this.config = config;
        this.folding = folding;
    }

    void onSparse(long segment, Decision decision) {
        Map<Long, Survivor> found = new LinkedHashMap<>();
        for (Stream stream : streams.all()) {
            Blocks blocks = stream.blocks();
            for (int i = 0; i < blocks.size(); i++) {
                long position = blocks.position(i);
                if (blocks.alive(i) == 0 || decision.segment(position) != segment) {
                    continue;
                }
                if (blocks.count(i) == 1) {
                    add(found, position, blocks.bytes(i), stream, blocks.first(i));
                } else {
                    folding.renew(stream, blocks.first(i), stream.blockEnd(i), position);
                }
            }
            Tail tail = stream.tail();
            for (long at = tail.base(); at < tail.end(); at++) {
                if (tail.bytes(at) > 0 && decision.segment(tail.position(at)) == segment) {
                    add(found, tail.position(at), tail.bytes(at), stream, at);
                }
            }
        }
        survivors.addAll(found.values());
    }

    private static void add(
            Map<Long, Survivor> found, long position, int bytes, Stream stream, long offset) {
        found.computeIfAbsent(position, at -> new Survivor(at, bytes, new ArrayList<>()))
                .places()
                .add(new Records.Place(stream.id(), offset));
    }

    /// Returns whether there is more to do at once.
    boolean run(Decision decision) {
        long written = 0;
        for (int n = 0; n < BATCH && written < config.foldBytes(); n++) {
            Survivor next = survivors.peek();
            if (next == null) {
                reader.rest();
                return false;
            }
            if (!relocate(next, decision)) {
                return false;
            }
            written += next.bytes();
            survivors.remove();
        }
        return true;
    }

    /// Returns false when the message must be read first.
    private boolean relocate(Survivor survivor, Decision decision) {
        long position = survivor.position();
        List<Records.Place> places = new ArrayList<>();
        for (Records.Place place : survivor.places()) {
            Stream stream = streams.get(place.stream());
            if (stream != null && stream.positionOf(place.offset()) == position) {
                places.add(place);
            }
        }
        if (places.isEmpty()) {
            return true; // it went already
        }
        ByteBuffer payload = reader.get(decision, position, survivor.bytes() + 4096);
        if (payload == null) {
            if (!reader.damaged(position)) {
                return false;
            }
            host.onDamaged("", "(relocating)", position);
            return true;
        }
        int start = Records.messageStart(payload);
        // What is appended may lie where the view does.
        byte[] copy = new byte[payload.limit() - start];
        payload.get(start, copy);
        int head = 4 + Records.placesSize(places);
        ByteBuffer out = decision.append(Records.RELOCATE, head + copy.length).putInt(head);
        Records.putPlaces(out, places);
        out.put(copy);
        decision.apply();
        return true;
    }

    void onRead(long position, Log.@Nullable Block block) {
        reader.onRead(position, block);
    }
}
