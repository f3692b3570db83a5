package dev.parley.sim;

import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// A client that builds a world of exchanges and queues, sends messages through it, and compares
/// where they arrive with the [Atlas]. It asks one thing at a time and waits for the answer; a
/// world that was confirmed must be there in the node's next life.
final class Traveller implements SimWire.Peer {
    /// Lets the node work until something is so, or it has failed.
    interface Patience {
        void until(BooleanSupplier enough);
    }

    /// Everything of this world is called so, and so is nothing else.
    static final String PREFIX = "way-";

    private static final List<String> TYPES = List.of("direct", "fanout", "topic", "headers");
    private static final List<String> WORDS = List.of("a", "b", "c");
    private static final List<String> MATCHES = List.of("all", "any", "all-with-x", "any-with-x");
    private static final int EXCHANGES = 6;
    private static final int QUEUES = 5;
    private static final int LOCKED = 405;
    private static final int DEATHS = 3;
    private static final int FADES_MILLIS = 10;
    private static final Comparator<Atlas.Arrival> ORDER =
            Comparator.comparing(Atlas.Arrival::queue)
                    .thenComparing(Atlas.Arrival::exchange)
                    .thenComparing(Atlas.Arrival::key);

    /// A message that was taken from a queue, and is to be settled.
    ///
    /// @param deathbed the queue where it died last, null if nowhere
    private record Found(Atlas.Arrival arrival, long tag, @Nullable String deathbed) {}

    private final SimNode node;
    private final Atlas atlas;
    private final Dice dice;
    private final History history;
    private final Patience patience;
    private final SimWire wire;
    private final Frame.Reader reader = new Frame.Reader(this::onFrame);
    private int answers;
    private int closed;
    private @Nullable Frame got;
    private int returned;

    Traveller(SimNode node, Atlas atlas, Dice dice, History history, Patience patience) {
        this.node = node;
        this.atlas = atlas;
        this.dice = dice;
        this.history = history;
        this.patience = patience;
        this.wire = new SimWire(node, this);
    }

    /// One visit: looks whether everything is as it was, changes some of it, and looks again.
    void visit() {
        if (exists(PREFIX + "own")) {
            throw new Violation("an exclusive queue outlives its node");
        }
        open();
        atlas.doubts().forEach(this::clear);
        travel(3);
        for (int n = dice.between(3, 10); n > 0 && alive(); n--) {
            change();
        }
        travel(6);
        if (alive()) {
            exclusive();
        }
        wire.breakDown();
    }

    private boolean alive() {
        return node.failure() == null && node.home().roomy() && closed == 0;
    }

    private void note(String what) {
        history.note(80, 0, () -> "traveller " + what);
    }

    // ---- asking

    private void open() {
        wire.send(Frames.PROTOCOL);
        int before = answers;
        await(() -> answers >= before + 3);
        ask(1, 20, 10, out -> Frames.text(out, ""));
        ask(1, 85, 10, out -> out.writeByte(0));
    }

    /// Sends a method and waits for its answer; whether it came.
    private boolean ask(int channel, int classId, int methodId, Frames.Arguments arguments) {
        int before = answers;
        wire.send(Frames.method(channel, classId, methodId, arguments));
        await(() -> answers > before || closed != 0);
        return answers > before;
    }

    private void await(BooleanSupplier enough) {
        patience.until(() -> {
            if (wire.readable()) {
                wire.arrive(Integer.MAX_VALUE);
            }
            return enough.getAsBoolean();
        });
        if (alive() && !enough.getAsBoolean()) {
            throw new Violation("the traveller gets no answer");
        }
    }

    /// Asks for a change that may have come or not when its answer does not come: then what it is
    /// about is taken away in the next life.
    private void change(String about, boolean isQueue, Change change, Runnable done) {
        atlas.doubt(about, isQueue);
        if (ask(1, change.classId(), change.methodId(), change.arguments())) {
            atlas.certain(about);
            done.run();
        }
    }

    private record Change(int classId, int methodId, Frames.Arguments arguments) {}

    private void clear(String about, boolean isQueue) {
        if (alive() && ask(1, isQueue ? 50 : 40, isQueue ? 40 : 20, out -> deletion(out, about))) {
            atlas.certain(about);
            if (isQueue) {
                atlas.removeQueue(about);
            } else {
                atlas.removeExchange(about);
            }
        }
    }

    private boolean exists(String queue) {
        return node.home().catalog().queues().stream().anyMatch(one -> one.name().equals(queue));
    }

    // ---- the world

    private void change() {
        switch (dice.weighted(3, 3, 8, 2, 1, 1)) {
            case 0 -> declareExchange();
            case 1 -> declareQueue();
            case 2 -> bind();
            case 3 -> unbind();
            case 4 -> deleteExchange();
            default -> deleteQueue();
        }
    }

    private void declareExchange() {
        String name = PREFIX + "x" + dice.below(EXCHANGES);
        String alternate = dice.oneIn(3) ? PREFIX + "x" + dice.below(EXCHANGES) : null;
        Atlas.Exchange made =
                new Atlas.Exchange(
                        name, dice.pick(TYPES), dice.oneIn(4), !dice.oneIn(3), alternate);
        if (atlas.exchanges().stream().anyMatch(one -> one.name().equals(name))) {
            return;
        }
        note("declares " + made);
        Map<String, Object> settings = new LinkedHashMap<>();
        if (alternate != null) {
            settings.put("alternate-exchange", alternate);
        }
        if (made.delayed()) {
            settings.put("x-delayed-type", made.type());
        }
        Frames.Arguments arguments =
                out -> {
                    out.writeShort(0);
                    Frames.text(out, name);
                    Frames.text(out, made.delayed() ? "x-delayed-message" : made.type());
                    out.writeByte(made.durable() ? 2 : 0);
                    Frames.table(out, settings);
                };
        change(name, false, new Change(40, 10, arguments), () -> atlas.add(made));
    }

    private void declareQueue() {
        String name = PREFIX + "q" + dice.below(QUEUES);
        Atlas.Queue made = queue(name, !dice.oneIn(4));
        if (atlas.queues().contains(name)) {
            return;
        }
        note("declares " + made);
        Map<String, Object> settings = new LinkedHashMap<>();
        if (made.grave() != null) {
            settings.put("x-dead-letter-exchange", made.grave());
        }
        if (made.graveKey() != null) {
            settings.put("x-dead-letter-routing-key", made.graveKey());
        }
        int bits = made.durable() ? 2 : 0;
        change(
                name,
                true,
                new Change(50, 10, out -> declaration(out, name, bits, settings)),
                () -> atlas.add(made));
    }

    /// A queue whose dead letters go nowhere, to an exchange, or straight to a queue.
    private Atlas.Queue queue(String name, boolean durable) {
        return switch (dice.below(4)) {
            case 0 -> new Atlas.Queue(name, durable, null, null);
            case 1 -> new Atlas.Queue(name, durable, "", PREFIX + "q" + dice.below(QUEUES));
            default -> {
                String key = dice.oneIn(2) ? key() : null;
                yield new Atlas.Queue(name, durable, PREFIX + "x" + dice.below(EXCHANGES), key);
            }
        };
    }

    private static void declaration(
            DataOutputStream out, String name, int bits, Map<String, Object> settings)
            throws IOException {
        out.writeShort(0);
        Frames.text(out, name);
        out.writeByte(bits);
        Frames.table(out, settings);
    }

    private void bind() {
        List<Atlas.Exchange> exchanges = atlas.exchanges();
        if (exchanges.isEmpty()) {
            return;
        }
        Atlas.Exchange from = dice.pick(exchanges);
        boolean toQueue = dice.below(3) > 0 && !atlas.queues().isEmpty();
        String to = toQueue ? dice.pick(atlas.queues()) : dice.pick(exchanges).name();
        String key = from.type().equals("topic") ? pattern() : key();
        Atlas.Way way =
                new Atlas.Way(
                        from.name(),
                        to,
                        toQueue,
                        key,
                        from.type().equals("headers") ? wanted() : Map.of());
        note("binds " + way);
        change(
                to,
                toQueue,
                new Change(toQueue ? 50 : 40, toQueue ? 20 : 30, out -> binding(out, way, true)),
                () -> atlas.add(way));
    }

    private void unbind() {
        if (!atlas.ways().isEmpty()) {
            Atlas.Way way = dice.pick(atlas.ways());
            note("unbinds " + way);
            boolean toQueue = way.toQueue();
            change(
                    way.to(),
                    toQueue,
                    new Change(
                            toQueue ? 50 : 40,
                            toQueue ? 50 : 40,
                            out -> binding(out, way, !toQueue)),
                    () -> atlas.remove(way));
        }
    }

    /// @param waits whether the method has a bit for not waiting
    private static void binding(DataOutputStream out, Atlas.Way way, boolean waits)
            throws IOException {
        out.writeShort(0);
        Frames.text(out, way.to());
        Frames.text(out, way.from());
        Frames.text(out, way.key());
        if (waits) {
            out.writeByte(0);
        }
        Frames.table(out, way.arguments());
    }

    private void deleteExchange() {
        if (!atlas.exchanges().isEmpty()) {
            String name = dice.pick(atlas.exchanges()).name();
            note("deletes " + name);
            atlas.doubt(name, false);
            clear(name, false);
        }
    }

    private void deleteQueue() {
        if (!atlas.queues().isEmpty()) {
            String name = dice.pick(atlas.queues());
            note("deletes " + name);
            atlas.doubt(name, true);
            clear(name, true);
        }
    }

    private static void deletion(DataOutputStream out, String name) throws IOException {
        out.writeShort(0);
        Frames.text(out, name);
        out.writeByte(0);
    }

    private String key() {
        StringBuilder key = new StringBuilder(dice.pick(WORDS));
        for (int n = dice.below(3); n > 0; n--) {
            key.append('.').append(dice.pick(WORDS));
        }
        return key.toString();
    }

    private String pattern() {
        List<String> words = new ArrayList<>(List.of(key().split("\\.", -1)));
        for (int i = 0; i < words.size(); i++) {
            if (dice.oneIn(2)) {
                words.set(i, dice.oneIn(2) ? "#" : "*");
            }
        }
        return String.join(".", words);
    }

    private Map<String, Object> headers() {
        Map<String, Object> headers = new LinkedHashMap<>();
        for (String name : List.of("color", "size", "x-kind")) {
            if (!dice.oneIn(3)) {
                headers.put(name, dice.oneIn(2) ? (Object) dice.below(2) : dice.pick(WORDS));
            }
        }
        return headers;
    }

    private Map<String, Object> wanted() {
        Map<String, Object> wanted = headers();
        if (!dice.oneIn(5)) {
            wanted.put("x-match", dice.pick(MATCHES));
        }
        return wanted;
    }

    // ---- messages

    /// Sends some messages, each as soon as the one before is gone.
    private void travel(int messages) {
        for (int n = 0; n < messages && alive() && !atlas.exchanges().isEmpty(); n++) {
            String exchange = dice.pick(atlas.exchanges()).name();
            String key = key();
            Map<String, Object> headers = headers();
            boolean fades = dice.oneIn(4);
            note(
                    "sends to %s with %s and %s%s"
                            .formatted(exchange, key, headers, fades ? ", for a moment" : ""));
            List<Atlas.Arrival> expected = atlas.arrivals(exchange, key, headers);
            publish(exchange, key, headers, fades);
            if (alive() && (returned > 0) != expected.isEmpty()) {
                throw new Violation("returned, but it reaches %s".formatted(expected));
            }
            if (fades) {
                rest();
                expected =
                        expected.stream()
                                .flatMap(dead -> atlas.faded(dead, headers).stream())
                                .toList();
            }
            follow(compared(expected), headers);
        }
    }

    private void publish(String exchange, String key, Map<String, Object> headers, boolean fades) {
        returned = 0;
        Frames frames = new Frames();
        frames.add(
                1,
                60,
                40,
                out -> {
                    out.writeShort(0);
                    Frames.text(out, exchange);
                    Frames.text(out, key);
                    out.writeByte(1);
                });
        byte[] properties =
                fades ? Envelope.expiring(headers, FADES_MILLIS) : Envelope.headersOnly(headers);
        frames.content(1, properties, new byte[0], 1);
        int before = answers;
        wire.send(frames.bytes());
        await(() -> answers > before || closed != 0);
    }

    /// Some of what has arrived dies, and some of that again; the rest is done with.
    private void follow(List<Found> found, Map<String, Object> headers) {
        List<Found> left = found;
        for (int deaths = 0; deaths < DEATHS && !left.isEmpty() && alive(); deaths++) {
            Found dead = dice.pick(left);
            note("rejects " + dead.arrival());
            for (Found one : left) {
                settle(one, one != dead);
            }
            rest();
            left = compared(atlas.buried(dead.arrival(), headers));
            for (Found one : left) {
                if (!dead.arrival().queue().equals(one.deathbed())) {
                    throw new Violation("%s died in %s".formatted(one, dead.arrival()));
                }
            }
        }
        left.forEach(one -> settle(one, true));
    }

    private void settle(Found found, boolean done) {
        wire.send(
                Frames.method(
                        1,
                        60,
                        done ? 80 : 90,
                        out -> {
                            out.writeLong(found.tag());
                            out.writeByte(0);
                        }));
    }

    /// Lets everything happen that is under way.
    private void rest() {
        patience.until(() -> {
            if (wire.readable()) {
                wire.arrive(Integer.MAX_VALUE);
            }
            return false;
        });
    }

    /// Takes all that is in the queues, which must be what is expected.
    private List<Found> compared(List<Atlas.Arrival> expected) {
        List<Found> found = new ArrayList<>();
        for (String queue : atlas.queues()) {
            take(queue, found);
        }
        List<Atlas.Arrival> arrived = found.stream().map(Found::arrival).sorted(ORDER).toList();
        if (alive() && !arrived.equals(expected.stream().sorted(ORDER).toList())) {
            throw new Violation(
                    "there is %s, not %s, in %s".formatted(arrived, expected, atlas.ways()));
        }
        return found;
    }

    private void take(String queue, List<Found> found) {
        Frames.Arguments arguments =
                out -> {
                    out.writeShort(0);
                    Frames.text(out, queue);
                    out.writeByte(0);
                };
        while (alive()) {
            got = null;
            Frame answer = ask(1, 60, 70, arguments) ? got : null;
            if (answer == null) {
                return;
            }
            ByteBuffer said = answer.arguments();
            long tag = said.getLong();
            said.get();
            Atlas.Arrival arrival = new Atlas.Arrival(queue, Frame.text(said), Frame.text(said));
            found.add(new Found(arrival, tag, Deaths.home(answer.properties())));
        }
    }

    // ---- exclusive queues

    /// A queue of this connection alone is nobody else's, and goes with it.
    private void exclusive() {
        String name = PREFIX + "own";
        if (!ask(1, 50, 10, out -> declaration(out, name, 4, Map.of())) || !alive()) {
            return;
        }
        Traveller other = new Traveller(node, atlas, dice, history, patience);
        other.open();
        if (!other.alive()) {
            return;
        }
        boolean let = other.ask(1, 50, 10, out -> declaration(out, name, 4, Map.of()));
        other.wire.breakDown();
        if (node.failure() == null && (let || other.closed != LOCKED)) {
            throw new Violation("somebody else may use an exclusive queue: " + other.closed);
        }
        wire.breakDown();
        patience.until(() -> !exists(name));
        if (node.failure() == null && exists(name)) {
            throw new Violation("an exclusive queue outlives its connection");
        }
    }

    // ---- hearing

    @Override
    public boolean takes() {
        return true;
    }

    @Override
    public void onBytes(ByteBuffer bytes) {
        reader.read(bytes);
    }

    @Override
    public void onRoundEnd() {
        // Frames are heard as they come.
    }

    @Override
    public void onEnd() {
        closed = closed == 0 ? -1 : closed;
    }

    private void onFrame(Frame frame) {
        history.note(81, frame.id(), () -> "traveller hears " + frame);
        switch (frame.id()) {
            case 10 << 16 | 10 -> {
                answers++;
                wire.send(SimClient.startOk());
            }
            case 10 << 16 | 30 -> {
                answers++;
                wire.send(SimClient.tuneOk(8192));
            }
            case Frame.CHANNEL_CLOSE, Frame.CONNECTION_CLOSE ->
                    closed = frame.arguments().getShort();
            case Frame.RETURN -> returned++;
            case Frame.GET_OK -> {
                got = frame;
                answers++;
            }
            case 10 << 16 | 60, 10 << 16 | 61 -> {
                // Held back, or not any more.
            }
            default -> answers++;
        }
    }
}
