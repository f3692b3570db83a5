package dev.parley.core.log;

import dev.parley.core.log.Log.LiveSegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The least that can own a shard's log: things under numbers, put and dropped by records, kept in
/// snapshots as positions, appended again when they are nearly alone in their segment.
final class Shelf implements Log.Owner {
    static final int PUT = 1;
    static final int DROP = 2;

    private record Place(long position, int size) {}

    private final Engine engine;
    private final Map<Integer, Place> places = new TreeMap<>();
    private final List<String> replayed = new ArrayList<>();
    private final List<Long> durable = new ArrayList<>();
    private final List<Boolean> rooms = new ArrayList<>();
    private final Map<Long, Log.@Nullable Block> blocks = new TreeMap<>();
    private final List<Long> sparse = new ArrayList<>();
    private @Nullable LogFailure failure;
    private @Nullable Log log;
    private int snapshots;

    Shelf(Engine engine) {
        this.engine = engine;
    }

    void open(int shard) {
        log = engine.open(shard, 0, this);
    }

    Log log() {
        Log opened = log;
        if (opened == null) {
            throw new IllegalStateException("not opened");
        }
        return opened;
    }

    /// Appends without sealing; returns the position.
    long put(int number, String text) {
        return put(number, text.getBytes(StandardCharsets.UTF_8));
    }

    long put(int number, byte[] bytes) {
        ByteBuffer out = log().append(PUT, 4 + bytes.length);
        out.putInt(number).put(bytes);
        long position = log().position();
        places.put(number, new Place(position, bytes.length));
        return position;
    }

    void drop(int number) {
        log().append(DROP, 4).putInt(number);
        places.remove(number);
    }

    void seal() {
        log().seal();
    }

    List<Integer> numbers() {
        return new ArrayList<>(places.keySet());
    }

    long position(int number) {
        Place place = places.get(number);
        if (place == null) {
            throw new IllegalStateException("nothing under " + number);
        }
        return place.position();
    }

    /// What [#replay] was given, in order: the texts of what was put.
    List<String> replayed() {
        return replayed;
    }

    List<Long> durablePositions() {
        return durable;
    }

    List<Boolean> rooms() {
        return rooms;
    }

    Map<Long, Log.@Nullable Block> blocks() {
        return blocks;
    }

    List<Long> sparse() {
        return sparse;
    }

    @Nullable LogFailure failure() {
        return failure;
    }

    int snapshots() {
        return snapshots;
    }

    void snapshot() {
        ByteBuffer state = ByteBuffer.allocate(4 + places.size() * 16);
        state.putInt(places.size());
        Map<Long, Long> alive = new TreeMap<>();
        places.forEach((number, place) -> {
            state.putInt(number).putLong(place.position()).putInt(place.size());
            alive.merge(engine.segment(place.position()), (long) place.size(), Long::sum);
        });
        List<LiveSegment> live = new ArrayList<>();
        alive.forEach((segment, bytes) -> live.add(new LiveSegment(segment, bytes)));
        log().snapshot(state.flip(), live);
    }

    /// Appends again what lies in segments that were called sparse; only what is in memory or was
    /// read.
    void moveSurvivors() {
        for (int number : numbers()) {
            long position = position(number);
            if (sparse.contains(engine.segment(position))) {
                ByteBuffer payload = log().cached(position);
                Log.Block block = blocks.get(position);
                if (payload == null && block != null) {
                    payload = block.payload(position);
                }
                if (payload == null) {
                    log().read(position, 64);
                } else {
                    byte[] bytes = new byte[payload.remaining() - 4];
                    payload.get(4, bytes);
                    put(number, bytes);
                }
            }
        }
        seal();
    }

    @Override
    public void restore(ByteBuffer state) {
        for (int n = state.getInt(); n > 0; n--) {
            places.put(state.getInt(), new Place(state.getLong(), state.getInt()));
        }
    }

    @Override
    public void replay(int type, long position, ByteBuffer payload) {
        int number = payload.getInt();
        if (type == DROP) {
            places.remove(number);
        } else {
            byte[] bytes = new byte[payload.remaining()];
            payload.get(bytes);
            places.put(number, new Place(position, bytes.length));
            replayed.add(new String(bytes, StandardCharsets.UTF_8));
        }
    }

    @Override
    public void onDurable(long position) {
        durable.add(position);
    }

    @Override
    public void onRead(long position, Log.@Nullable Block block) {
        blocks.put(position, block);
    }

    @Override
    public void onSnapshot() {
        snapshots++;
    }

    @Override
    public void onSparse(long segment) {
        sparse.add(segment);
    }

    @Override
    public void onRoom(boolean roomy) {
        rooms.add(roomy);
    }

    @Override
    public void onFailure(LogFailure why) {
        failure = why;
    }
}
