package dev.parley.core.queue;

import dev.parley.core.log.VolatileStore;
import dev.parley.core.message.FieldTable;
import dev.parley.core.message.Properties;
import dev.parley.core.queue.QueueCommand.Outcome;
import dev.parley.core.shard.Command;
import dev.parley.core.shard.MachineStage;
import dev.parley.core.shard.MemoryLog;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// The queues of one shard on stage, with its neighbours.
final class Stage extends MachineStage<QueueMachine> implements QueueHost {
    /// Where exchange and routing key of dead letters lead.
    private final Map<String, List<Destination>> bindings = new LinkedHashMap<>();

    private final int shard;
    private final Map<Integer, Stage> town;
    final List<String> toTopics = new ArrayList<>();
    final List<Long> gone = new ArrayList<>();
    final List<Long> damaged = new ArrayList<>();
    private MemoryLog.Volatile store = new MemoryLog.Volatile();
    private final List<Command> lostOnTheWay = new ArrayList<>();
    private boolean dropping;

    Stage() {
        this(0, new LinkedHashMap<>());
    }

    private Stage(int shard, Map<Integer, Stage> town) {
        this.shard = shard;
        this.town = town;
        town.put(shard, this);
        open();
    }

    /// Another shard, reached from this one and reaching it.
    Stage neighbour(int number) {
        return new Stage(number, town);
    }

    @Override
    protected QueueMachine make() {
        return new QueueMachine(this, this);
    }

    @Override
    protected void onCrash() {
        store = new MemoryLog.Volatile();
    }

    // ---- what a test asks for

    void create(long queue, QueueSpec spec) {
        give(new QueueCommand.Create(queue, "/", "q" + queue, spec));
    }

    void create(long queue, UnaryOperator<Spec> change) {
        create(queue, change.apply(new Spec()).build());
    }

    /// Dead letters sent to `exchange` reach `queue` of shard `to`.
    void bind(String exchange, int to, long queue) {
        bindings.computeIfAbsent(exchange, key -> new ArrayList<>())
                .add(new Destination(to, queue, "q" + queue));
    }

    void publish(TestClient client, long queue, String body) {
        publish(client, List.of(queue), body, message -> message);
    }

    void publish(TestClient client, List<Long> queues, String body, UnaryOperator<Letter> change) {
        give(
                new QueueCommand.Publish(
                        client,
                        client.nextPublish(body),
                        queues,
                        change.apply(new Letter(body)).build()));
    }

    void settle(TestClient.Got got, Outcome outcome) {
        give(
                new QueueCommand.Settle(
                        got.queue(), got.consumer(), Entries.of(got.entry()), outcome));
    }

    /// Syncs this once.
    void syncOnce() {
        sync();
        holdSync();
    }

    /// What is sent to other shards from now on gets lost.
    void dropSent() {
        dropping = true;
    }

    void sendAgain() {
        dropping = false;
    }

    List<Command> lostOnTheWay() {
        return lostOnTheWay;
    }

    QueueStatus status(long queue) {
        TestClient asker = new TestClient();
        give(new QueueCommand.Inspect(asker, 1, queue));
        turn();
        return ((QueueReply.Statuses) asker.reply(1)).statuses().getFirst();
    }

    /// The bytes of the largest record so far.
    int largestRecord() {
        return log.after(0).values().stream()
                .mapToInt(one -> one.payload().remaining())
                .max()
                .orElse(0);
    }

    /// The bodies in the pages of a queue that are in memory, in their order, whoever has them.
    List<String> order(long queue) {
        List<String> bodies = new ArrayList<>();
        machine()
                .known(queue)
                .level(0)
                .eachPage((number, page) -> {
                    for (int i = 0; i < Page.ENTRIES && !page.cold(); i++) {
                        if (page.present(i)) {
                            long position = page.position(i);
                            ByteBuffer payload =
                                    position < 0 ? store.cached(position) : log.payload(position);
                            Delivery view = new Delivery();
                            view.show(
                                    Objects.requireNonNull(payload), Records.messageStart(payload));
                            bodies.add(StandardCharsets.UTF_8.decode(view.body()).toString());
                        }
                    }
                });
        return bodies;
    }

    int volatileMessages() {
        return store.size();
    }

    // ---- the shard's side

    @Override
    public @Nullable ByteBuffer cached(long position) {
        return position < 0 ? store.cached(position) : super.cached(position);
    }

    @Override
    public VolatileStore volatileStore() {
        return store;
    }

    @Override
    public void send(int to, Command command) {
        if (dropping) {
            lostOnTheWay.add(command.detached());
            return;
        }
        Stage other = town.get(to);
        if (other == null) {
            throw new AssertionError("no shard " + to);
        }
        other.arrive(command);
    }

    // ---- the node's side

    @Override
    public int shard() {
        return shard;
    }

    @Override
    public void toTopics(String host, long move, @Nullable Message message) {
        toTopics.add(host + " " + move + " " + (message == null ? "?" : message.routingKey()));
    }

    @Override
    public List<Destination> route(
            String host, String exchange, List<String> keys, @Nullable FieldTable headers) {
        return bindings.getOrDefault(exchange, List.of());
    }

    @Override
    public void onGone(long queue) {
        gone.add(queue);
    }

    @Override
    public void onDamaged(String queue, long position) {
        damaged.add(position);
    }

    /// A message being written.
    record Letter(String body, boolean persistent, int priority, long ttl, Properties properties) {
        Letter(String body) {
            this(body, true, 0, -1, Properties.NONE);
        }

        Letter transientOnly() {
            return new Letter(body, false, priority, ttl, properties);
        }

        Letter priority(int value) {
            return new Letter(body, persistent, value, ttl, properties);
        }

        Letter ttl(long millis) {
            return new Letter(
                    body,
                    persistent,
                    priority,
                    millis,
                    properties.withExpiration(Long.toString(millis)));
        }

        Letter headers(FieldTable headers) {
            return new Letter(body, persistent, priority, ttl, properties.withHeaders(headers));
        }

        Message build() {
            return new Message(
                    "ex",
                    "key",
                    persistent,
                    priority,
                    ttl,
                    properties.encoded(),
                    ByteBuffer.wrap(body.getBytes(StandardCharsets.UTF_8)));
        }
    }

    /// A queue's spec being written.
    static final class Spec {
        private boolean durable = true;
        private boolean autoDelete;
        private long ttl = QueueSpec.NONE;
        private long expires = QueueSpec.NONE;
        private long length = QueueSpec.NONE;
        private long bytes = QueueSpec.NONE;
        private Overflow overflow = Overflow.DROP_HEAD;
        private @Nullable String deadLetters;
        private @Nullable String deadLetterKey;
        private boolean single;
        private int priorities;
        private int limit = QueueSpec.NONE;
        private Retry retry = Retry.AT_ONCE;
        private Deduplication once = Deduplication.NONE;
        private long lease = QueueSpec.NONE;
        private @Nullable String group;

        Spec passing() {
            durable = false;
            return this;
        }

        Spec autoDelete() {
            autoDelete = true;
            return this;
        }

        Spec ttl(long millis) {
            ttl = millis;
            return this;
        }

        Spec expires(long millis) {
            expires = millis;
            return this;
        }

        Spec length(long most) {
            length = most;
            return this;
        }

        Spec bytes(long most) {
            bytes = most;
            return this;
        }

        Spec overflow(Overflow policy) {
            overflow = policy;
            return this;
        }

        Spec deadLetters(String exchange) {
            deadLetters = exchange;
            return this;
        }

        Spec deadLetterKey(String key) {
            deadLetterKey = key;
            return this;
        }

        Spec single() {
            single = true;
            return this;
        }

        Spec priorities(int highest) {
            priorities = highest;
            return this;
        }

        Spec limit(int deliveries) {
            limit = deliveries;
            return this;
        }

        Spec retry(Retry rule) {
            retry = rule;
            return this;
        }

        Spec once(Deduplication rule) {
            once = rule;
            return this;
        }

        Spec lease(long millis) {
            lease = millis;
            return this;
        }

        Spec group(String header) {
            group = header;
            return this;
        }

        QueueSpec build() {
            return new QueueSpec(
                    durable,
                    autoDelete,
                    ttl,
                    expires,
                    length,
                    bytes,
                    overflow,
                    deadLetters,
                    deadLetterKey,
                    single,
                    priorities,
                    limit,
                    retry,
                    once,
                    lease,
                    group);
        }
    }
}
