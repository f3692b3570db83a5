package dev.parley.front.amqp;

import dev.parley.core.catalog.QueueEntry;
import dev.parley.core.catalog.User;
import dev.parley.core.message.FieldTable;
import dev.parley.core.message.FieldValue;
import dev.parley.core.message.Properties;
import dev.parley.core.queue.Delivery;
import dev.parley.core.queue.Entries;
import dev.parley.core.queue.QueueCommand;
import dev.parley.core.queue.QueueCommand.Outcome;
import dev.parley.core.queue.QueueReply;
import dev.parley.core.queue.QueueSpec;
import dev.parley.core.queue.Window;
import dev.parley.core.stream.StreamDelivery;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The consuming half of a channel: consumers, deliveries, how they are settled, and how much may
/// be on its way.
final class Consumers {
    /// Entries for which a channel keeps room between two settlements.
    private static final int BATCH_KEPT = 4_096;

    /// A message to this name on the default exchange gives a delivery more time. No queue can have
    /// it, since names that begin so are reserved.
    static final String LEASE = "amq.parley.lease";

    /// Ten years, in milliseconds.
    static final long LEASE_MAX = 315_360_000_000L;

    /// One consumer, and its window.
    private final class Subscription implements Window {
        private final long id;
        private final String tag;
        private final byte[] tagBytes;
        private final QueueEntry queue;
        private final boolean automatic;
        private final boolean livePrefetch;
        private final ConnectionView.Consumer view;
        private boolean stopped;

        Subscription(long id, ConnectionView.Consumer view, boolean livePrefetch) {
            this.id = id;
            this.view = view;
            this.tag = view.tag();
            this.tagBytes = AmqpConnection.utf8(tag);
            this.queue = view.queue();
            this.automatic = view.automatic();
            this.livePrefetch = livePrefetch;
        }

        @Override
        public boolean tryTake() {
            if (hasRoom() && connection.takesDeliveries()) {
                return true;
            }
            if (!stopped) {
                stopped = true;
                passedOver.add(this);
            }
            return false;
        }
    }

    /// A settlement inside a transaction.
    private record Settlement(long tag, boolean multiple, Outcome outcome) {}

    private final AmqpConnection connection;
    private final AmqpChannel channel;
    private final Unsettled unsettled = new Unsettled();
    private final Map<String, Subscription> byTag = new LinkedHashMap<>();
    private final Map<Long, Subscription> byId = new LinkedHashMap<>();

    /// Who got the last message, and mostly gets the next one.
    private @Nullable Subscription recent;

    private final List<Settlement> held = new ArrayList<>();

    /// Who could have had a message but for the lack of room; who waits longest is first.
    private final ArrayDeque<Subscription> passedOver = new ArrayDeque<>();

    private int prefetch;
    private int channelLimit;
    private @Nullable String replyAddress;
    private String replyTag = "";

    /// What is about to be settled, all of one queue and consumer; used again as long as that is
    /// what comes.
    private QueueCommand.Settle batch =
            new QueueCommand.Settle(0, 0, new Entries(8), Outcome.ACKNOWLEDGED);

    private int batchShard;
    private Outcome batchOutcome = Outcome.ACKNOWLEDGED;
    private final Unsettled.Visit gather = this::gather;

    Consumers(AmqpConnection connection, AmqpChannel channel) {
        this.connection = connection;
        this.channel = channel;
    }

    ConnectionView.Channel view(int number, boolean confirms, boolean transactional) {
        List<ConnectionView.Consumer> views = new ArrayList<>();
        byTag.values().forEach(one -> views.add(one.view));
        return new ConnectionView.Channel(
                number, confirms, transactional, prefetch, channelLimit, unsettled.size(), views);
    }

    /// The tag of a consumer; empty if there is none (any more).
    String tag(long consumer) {
        Subscription subscription = byId.get(consumer);
        return subscription == null ? "" : subscription.tag;
    }

    // ---- subscribing

    void qos(ClientMethod.BasicQos qos) {
        if (qos.prefetchSize() != 0) {
            throw new AmqpException(
                    ReplyCode.NOT_IMPLEMENTED, "prefetch_size!=0 (" + qos.prefetchSize() + ")");
        }
        if (qos.global()) {
            channelLimit = qos.prefetchCount();
            resumeAll();
        } else {
            prefetch = qos.prefetchCount();
            adjustLive();
        }
        channel.reply(60, 11).end();
    }

    /// Live consumers follow the channel's prefetch while they consume.
    private void adjustLive() {
        for (Subscription one : byId.values()) {
            if (one.livePrefetch) {
                connection
                        .broker()
                        .offer(
                                one.queue.shard(),
                                new QueueCommand.Adjust(one.queue.id(), one.id, prefetch));
            }
        }
    }

    void consume(ClientMethod.BasicConsume consume) {
        String tag =
                consume.consumerTag().isEmpty()
                        ? "amq.ctag-" + connection.broker().randomName()
                        : consume.consumerTag();
        if (byTag.containsKey(tag) || tag.equals(replyTag)) {
            throw new AmqpException(
                    ReplyCode.NOT_ALLOWED, "attempt to reuse consumer tag '" + tag + "'");
        }
        if (consume.queue().equals(ReplyAddresses.PSEUDO_QUEUE)) {
            consumeReplies(consume, tag);
            return;
        }
        QueueEntry queue = channel.queue(consume.queue());
        channel.mayRead("queue", queue.name());
        long id = connection.broker().nextId();
        int most = prefetchOf(consume.arguments());
        boolean live = isLive(consume.arguments());
        long lease = lease(consume.arguments());
        Subscription subscription =
                new Subscription(
                        id,
                        new ConnectionView.Consumer(
                                tag,
                                queue,
                                consume.noAck(),
                                consume.exclusive(),
                                most,
                                consume.arguments()),
                        live);
        int priority = priority(consume.arguments());
        AmqpChannel.QueueAsk ask =
                queue.isStream()
                        ? reader(queue, consume, id, most, subscription)::attach
                        : token ->
                                new QueueCommand.Subscribe(
                                        channel,
                                        token,
                                        queue.id(),
                                        id,
                                        consume.noAck(),
                                        consume.exclusive(),
                                        priority,
                                        most,
                                        lease,
                                        subscription);
        byTag.put(tag, subscription);
        byId.put(id, subscription);
        channel.askQueue(
                queue,
                ask,
                reply -> {
                    if (!consume.noWait()) {
                        channel.reply(60, 21).shortText(tag).end();
                    }
                });
    }

    private StreamConsumer reader(
            QueueEntry stream,
            ClientMethod.BasicConsume consume,
            long id,
            int most,
            Subscription subscription) {
        long now = connection.broker().wallMillis();
        return new StreamConsumer(channel, stream, consume, id, most, now, subscription);
    }

    private int prefetchOf(FieldTable arguments) {
        FieldValue own = arguments.get("x-prefetch");
        Long number = own == null ? null : own.asLong();
        return number == null ? prefetch : (int) Math.max(0, Math.min(number, 65_535));
    }

    private boolean isLive(FieldTable arguments) {
        return arguments.get("x-live-prefetch") instanceof FieldValue.Bool(boolean on)
                ? on
                : arguments.get("x-prefetch") == null
                        && connection.broker().config().livePrefetch();
    }

    private static long lease(FieldTable arguments) {
        FieldValue value = arguments.get("x-consumer-timeout");
        if (value == null) {
            return QueueSpec.NONE;
        }
        Long millis = value.asLong();
        if (millis == null || millis < 1) {
            throw new AmqpException(
                    ReplyCode.PRECONDITION_FAILED,
                    "invalid arg 'x-consumer-timeout': expected a positive integer");
        }
        return Math.min(millis, LEASE_MAX);
    }

    private static int priority(FieldTable arguments) {
        FieldValue value = arguments.get("x-priority");
        if (value == null) {
            return 0;
        }
        Long number = value.asLong();
        if (number == null) {
            throw new AmqpException(
                    ReplyCode.PRECONDITION_FAILED,
                    "invalid arg 'x-priority': expected integer, got " + FieldValue.kind(value));
        }
        return (int) Math.max(Integer.MIN_VALUE, Math.min(Integer.MAX_VALUE, number));
    }

    void cancel(ClientMethod.BasicCancel cancel) {
        String tag = cancel.consumerTag();
        if (tag.equals(replyTag) && replyAddress != null) {
            forgetReplies();
        }
        Subscription subscription = byTag.remove(tag);
        if (subscription == null) {
            cancelOk(cancel);
            return;
        }
        channel.askQueue(
                subscription.queue,
                token ->
                        new QueueCommand.Cancel(
                                channel, token, subscription.queue.id(), subscription.id),
                reply -> {
                    remove(subscription.id);
                    passedOver.remove(subscription);
                    cancelOk(cancel);
                });
    }

    private void cancelOk(ClientMethod.BasicCancel cancel) {
        if (!cancel.noWait()) {
            channel.reply(60, 31).shortText(cancel.consumerTag()).end();
        }
    }

    void onCancelled(long consumer) {
        Subscription subscription = remove(consumer);
        if (subscription == null || channel.closed()) {
            return;
        }
        byTag.remove(subscription.tag);
        passedOver.remove(subscription);
        if (connection.has("consumer_cancel_notify")) {
            channel.reply(60, 30).shortText(subscription.tag).octet(1).end();
            connection.settleOutput();
        }
    }

    /// Ends those whose queues may not be read any more, as if the queues were gone.
    void keepOnly(User.Permission permission) {
        for (Subscription one : List.copyOf(byId.values())) {
            if (!permission.mayRead(one.queue.name())) {
                offerCancel(one);
                channel.onCancelled(one.id);
            }
        }
    }

    private void offerCancel(Subscription one) {
        connection
                .broker()
                .offer(
                        one.queue.shard(),
                        new QueueCommand.Cancel(channel, 0, one.queue.id(), one.id));
    }

    /// The channel's limit holds back consumers that need not acknowledge, too, as in RabbitMQ.
    private boolean hasRoom() {
        return channelLimit == 0 || unsettled.delivered() < channelLimit;
    }

    /// Lets consumers take more that were passed over, each in its turn while there is room.
    void resumeAll() {
        for (int left = passedOver.size();
                left > 0 && hasRoom() && connection.takesDeliveries();
                left--) {
            Subscription one = passedOver.remove();
            one.stopped = false;
            connection
                    .broker()
                    .offer(one.queue.shard(), new QueueCommand.Resume(one.queue.id(), one.id));
        }
    }

    // ---- delivering

    private @Nullable Subscription subscription(long id) {
        Subscription found = recent;
        if (found == null || found.id != id) {
            found = byId.get(id);
            recent = found;
        }
        return found;
    }

    private @Nullable Subscription remove(long id) {
        recent = null;
        return byId.remove(id);
    }

    void onDelivery(Delivery delivery) {
        Subscription subscription = subscription(delivery.consumer());
        if (subscription == null || channel.closed()) {
            if (subscription == null || !subscription.automatic) {
                giveBackUnseen(delivery);
            }
            return;
        }
        connection
                .broker()
                .metrics()
                .countDelivered(subscription.automatic, delivery.redelivered());
        QueueEntry queue = subscription.queue;
        long tag =
                subscription.automatic
                        ? unsettled.skip()
                        : unsettled.add(
                                queue.shard(), queue.id(), subscription.id, delivery.entry());
        channel.reply(60, 60)
                .octet(subscription.tagBytes.length)
                .bytes(subscription.tagBytes)
                .longLong(tag)
                .octet(delivery.redelivered() ? 1 : 0)
                .bytes(delivery.stored(), delivery.namesAt(), delivery.namesSize())
                .end();
        content(queue, delivery);
        connection.settleOutput();
    }

    /// A message that is read and stays.
    ///
    /// @param missed messages before it that are kept no more
    void onDelivery(StreamDelivery delivery, long missed) {
        Subscription subscription = subscription(delivery.reader());
        if (subscription == null || channel.closed()) {
            giveBackUnseen(delivery.stream(), delivery.reader(), delivery.offset());
            return;
        }
        connection.broker().metrics().countDelivered(false, delivery.repeated());
        QueueEntry stream = subscription.queue;
        long tag = unsettled.add(stream.shard(), stream.id(), subscription.id, delivery.offset());
        channel.reply(60, 60)
                .octet(subscription.tagBytes.length)
                .bytes(subscription.tagBytes)
                .longLong(tag)
                .octet(delivery.repeated() ? 1 : 0)
                .bytes(delivery.names())
                .end();
        ByteBuffer properties = StreamConsumer.properties(delivery, missed);
        connection
                .out()
                .content(channel.number(), properties, delivery.body(), connection.frameMax());
        Firehose firehose = connection.broker().firehose();
        if (firehose.traces(stream.host())) {
            firehose.onDelivered(
                    connection,
                    channel,
                    stream,
                    delivery.exchange(),
                    delivery.subject(),
                    delivery.repeated(),
                    properties,
                    delivery.body());
        }
        connection.settleOutput();
    }

    /// A message came when there was nobody any more to have it.
    void giveBackUnseen(Delivery delivery) {
        giveBackUnseen(delivery.queue(), delivery.consumer(), delivery.entry());
    }

    private void giveBackUnseen(long of, long consumer, long entry) {
        QueueEntry queue = connection.broker().catalog().queue(of);
        if (queue != null) {
            connection
                    .broker()
                    .offer(
                            queue.shard(),
                            new QueueCommand.Settle(
                                    of, consumer, Entries.of(entry), Outcome.RETURNED));
        }
    }

    /// The copy for who traces is made last: it may go to a shard that looks at other messages, and
    /// the view of this one is good until then.
    private void content(QueueEntry queue, Delivery delivery) {
        int frameMax = connection.frameMax();
        if (delivery.failures() > 0) {
            ByteBuffer properties = withCount(delivery.properties(), delivery.failures());
            connection.out().content(channel.number(), properties, delivery.body(), frameMax);
        } else {
            connection.out().content(channel.number(), delivery, frameMax);
        }
        Firehose firehose = connection.broker().firehose();
        if (firehose.traces(queue.host())) {
            firehose.onDelivered(
                    connection,
                    channel,
                    queue,
                    delivery.exchange(),
                    delivery.routingKey(),
                    delivery.redelivered(),
                    delivery.properties(),
                    delivery.body());
        }
    }

    private static ByteBuffer withCount(ByteBuffer list, int failures) {
        Properties properties = Properties.read(list);
        FieldTable headers = properties.headers() == null ? FieldTable.EMPTY : properties.headers();
        return properties
                .withHeaders(
                        headers.with()
                                .put("x-delivery-count", FieldValue.of((long) failures))
                                .build())
                .encoded();
    }

    void get(ClientMethod.BasicGet get) {
        QueueEntry queue = channel.queue(get.queue());
        channel.mayRead("queue", queue.name());
        if (queue.isStream()) {
            throw StreamConsumer.notImplemented("basic.get", queue);
        }
        channel.askQueue(
                queue,
                token -> new QueueCommand.Get(channel, token, queue.id(), get.noAck()),
                reply -> {
                    if (reply instanceof QueueReply.Got got) {
                        onGot(queue, got, get.noAck());
                    } else {
                        connection.broker().metrics().countGotNothing();
                        channel.reply(60, 72).shortText("").end();
                    }
                });
    }

    private void onGot(QueueEntry queue, QueueReply.Got got, boolean automatic) {
        Delivery delivery = got.delivery();
        connection.broker().metrics().countGot(automatic, delivery.redelivered());
        long tag =
                automatic
                        ? unsettled.skip()
                        : unsettled.add(queue.shard(), queue.id(), 0, delivery.entry());
        channel.reply(60, 71)
                .longLong(tag)
                .octet(delivery.redelivered() ? 1 : 0)
                .bytes(delivery.stored(), delivery.namesAt(), delivery.namesSize())
                .longInt(got.messagesLeft())
                .end();
        content(queue, delivery);
    }

    // ---- settling

    void ack(long tag, boolean multiple) {
        settle(tag, multiple, Outcome.ACKNOWLEDGED);
    }

    void nack(ClientMethod.BasicNack nack) {
        settle(
                nack.deliveryTag(),
                nack.multiple(),
                nack.requeue() ? Outcome.RETURNED : Outcome.REJECTED);
    }

    void reject(ClientMethod.BasicReject reject) {
        settle(reject.deliveryTag(), false, reject.requeue() ? Outcome.FAILED : Outcome.REJECTED);
    }

    void recover(ClientMethod.BasicRecover recover) {
        if (!recover.requeue()) {
            throw new AmqpException(ReplyCode.NOT_IMPLEMENTED, "requeue=false");
        }
        // The answer comes before what is delivered again.
        if (recover.answered()) {
            channel.reply(60, 111).end();
        }
        settleNow(0, true, Outcome.RETURNED);
    }

    private void settle(long tag, boolean multiple, Outcome outcome) {
        if (!channel.publisher().inTransaction()) {
            settleNow(tag, multiple, outcome);
            return;
        }
        int count = unsettled.hold(tag, multiple);
        if (count < 0) {
            throw unknown(tag);
        }
        if (count > 0) {
            // What is delivered from here on is not meant.
            long last = tag == 0 ? unsettled.newest() : tag;
            held.add(new Settlement(last, multiple, outcome));
        }
    }

    private static AmqpException unknown(long tag) {
        return new AmqpException(ReplyCode.PRECONDITION_FAILED, "unknown delivery tag " + tag);
    }

    private void settleNow(long tag, boolean multiple, Outcome outcome) {
        batchOutcome = outcome;
        boolean known = unsettled.settle(tag, multiple, gather);
        flush();
        if (!known) {
            throw unknown(tag);
        }
        if (channelLimit > 0) {
            resumeAll();
        }
    }

    /// Neighbours of one queue and consumer are settled by one command.
    private void gather(int shard, long queue, long consumer, long entry) {
        if (queue != batch.queue()
                || consumer != batch.consumer()
                || batchOutcome != batch.outcome()) {
            flush();
            batch = new QueueCommand.Settle(queue, consumer, batch.entries(), batchOutcome);
        }
        batchShard = shard;
        batch.entries().add(entry);
    }

    private void flush() {
        Entries entries = batch.entries();
        if (entries.size() > 0) {
            connection.broker().offer(batchShard, batch);
            if (entries.size() > BATCH_KEPT) {
                batch =
                        new QueueCommand.Settle(
                                batch.queue(), batch.consumer(), new Entries(8), batch.outcome());
            } else {
                entries.clear();
            }
        }
    }

    /// Gives a delivery, or with tag 0 all of this channel, more time.
    void renew(long tag, long millis) {
        unsettled.look(
                tag,
                (shard, queue, consumer, entry) ->
                        connection
                                .broker()
                                .offer(shard, new QueueCommand.Renew(queue, entry, millis)));
    }

    void onLapsed(long queue, long entry) {
        unsettled.lapse(queue, entry);
        if (channelLimit > 0) {
            resumeAll();
        }
    }

    void commitSettled() {
        for (Settlement one : held) {
            batchOutcome = one.outcome();
            unsettled.settleHeld(one.tag(), one.multiple(), gather);
            flush();
        }
        held.clear();
        if (channelLimit > 0) {
            resumeAll();
        }
    }

    void rollbackSettled() {
        held.clear();
        unsettled.release();
    }

    // ---- direct replies

    private void consumeReplies(ClientMethod.BasicConsume consume, String tag) {
        if (!consume.noAck()) {
            throw new AmqpException(
                    ReplyCode.PRECONDITION_FAILED, "reply consumer cannot acknowledge");
        }
        if (replyAddress != null) {
            throw new AmqpException(ReplyCode.PRECONDITION_FAILED, "reply consumer already set");
        }
        String address = ReplyAddresses.PSEUDO_QUEUE + "." + connection.broker().randomName();
        replyAddress = address;
        replyTag = tag;
        connection.broker().replies().add(address, channel);
        if (!consume.noWait()) {
            channel.reply(60, 21).shortText(tag).end();
        }
    }

    /// Where replies to this channel go, or null if nobody here waits for any.
    @Nullable String replyAddress() {
        return replyAddress;
    }

    /// Returns whether the client is there and takes it. Others fill its output here, whose own
    /// input nobody needs to stop for that: so what it does not read in time it does not get.
    boolean deliverReply(String key, ByteBuffer list, ByteBuffer body) {
        if (channel.closed() || replyAddress == null || connection.overfull()) {
            return false;
        }
        channel.reply(60, 60)
                .shortText(replyTag)
                .longLong(unsettled.skip())
                .octet(0)
                .shortText("")
                .shortText(key)
                .end();
        connection.out().content(channel.number(), list, body, connection.frameMax());
        connection.settleOutput();
        return true;
    }

    private void forgetReplies() {
        String address = replyAddress;
        if (address != null) {
            connection.broker().replies().remove(address);
            replyAddress = null;
            replyTag = "";
        }
    }

    void close() {
        forgetReplies();
        byId.values().forEach(this::offerCancel);
        byId.clear();
        recent = null;
        byTag.clear();
        passedOver.clear();
        rollbackSettled();
        batchOutcome = Outcome.FAILED;
        unsettled.settle(0, true, gather);
        flush();
    }
}
