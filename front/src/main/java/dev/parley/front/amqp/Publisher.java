package dev.parley.front.amqp;

import dev.parley.core.catalog.Exchange;
import dev.parley.core.catalog.QueueEntry;
import dev.parley.core.catalog.Routes;
import dev.parley.core.message.FieldTable;
import dev.parley.core.message.FieldValue;
import dev.parley.core.message.MalformedException;
import dev.parley.core.message.Properties;
import dev.parley.core.queue.Message;
import dev.parley.core.queue.QueueCommand;
import dev.parley.core.queue.QueueSpec;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The publishing half of a channel: puts content together, routes it, keeps account of confirms,
/// and holds it back inside a transaction.
final class Publisher implements Confirms.Voice {
    private enum Mode {
        PLAIN,
        CONFIRM,
        TRANSACTION
    }

    private enum Expects {
        METHOD,
        HEADER,
        BODY
    }

    /// Something published inside a transaction.
    private record Held(
            ClientMethod.BasicPublish publish, ByteBuffer properties, ByteBuffer body) {}

    private static final int PROPERTIES = 256;

    /// What a message held in a transaction takes beside its content, about, in bytes.
    private static final int HELD = 256;

    private static final String CARBON_COPY = "CC";
    private static final List<String> COPIES = List.of(CARBON_COPY, "BCC");

    private final AmqpConnection connection;
    private final AmqpChannel channel;
    private final Confirms confirms = new Confirms();
    private final Routes routes = new Routes();
    private final List<String> keys = new ArrayList<>();
    private final List<Held> held = new ArrayList<>();

    /// The message published last, if its property list asks for nothing; no body outlives it here.
    private @Nullable Message lastPlain;

    private Mode mode = Mode.PLAIN;

    private Expects expects = Expects.METHOD;
    private ClientMethod.@Nullable BasicPublish current;
    private ByteBuffer properties = ByteBuffer.allocate(PROPERTIES);
    private long bodySize;
    private final Gathering body;
    private boolean committing;

    /// Bytes of content that wait for the end of the transaction.
    private long unfinished;

    Publisher(AmqpConnection connection, AmqpChannel channel) {
        this.connection = connection;
        this.channel = channel;
        Connections all = connection.broker().connections();
        this.body = new Gathering(all.bodies(), all.unfinished());
    }

    boolean expectsContent() {
        return expects != Expects.METHOD;
    }

    boolean confirms() {
        return mode == Mode.CONFIRM;
    }

    // ---- content

    void begin(ClientMethod.BasicPublish publish) {
        if (publish.immediate()) {
            throw new AmqpException(ReplyCode.NOT_IMPLEMENTED, "immediate=true");
        }
        current = publish;
        expects = Expects.HEADER;
        connection.publishing().publishes();
    }

    void onHeader(int classId, long size, ByteBuffer list) {
        if (expects != Expects.HEADER) {
            throw AmqpException.hard(
                    ReplyCode.UNEXPECTED_FRAME, "a content header is not expected here");
        }
        if (classId != 60) {
            throw AmqpException.hard(
                    ReplyCode.UNEXPECTED_FRAME, "content of class " + classId + " instead of 60");
        }
        long most = connection.broker().config().messageBytesMax();
        if (size < 0 || size > most) {
            expects = Expects.METHOD;
            throw new AmqpException(
                    ReplyCode.PRECONDITION_FAILED,
                    "message size %s is larger than configured max size %d"
                            .formatted(Long.toUnsignedString(size), most),
                    60,
                    40);
        }
        try {
            Properties.validate(list);
        } catch (MalformedException e) {
            throw AmqpException.hard(
                    ReplyCode.SYNTAX_ERROR, "malformed content header: " + e.getMessage());
        }
        if (properties.capacity() < list.remaining()) {
            properties = ByteBuffer.allocate(list.remaining());
        }
        properties.clear().put(list).flip();
        bodySize = size;
        expects = Expects.BODY;
        if (size == 0) {
            complete(ByteBuffer.allocate(0));
        }
    }

    /// @param more bytes of the same frame that are still to come
    void onBody(ByteBuffer piece, int more) {
        if (expects != Expects.BODY) {
            throw AmqpException.hard(
                    ReplyCode.UNEXPECTED_FRAME, "a content body is not expected here");
        }
        if ((long) body.bytes() + piece.remaining() + more > bodySize) {
            throw AmqpException.hard(
                    ReplyCode.FRAME_ERROR, "more content than the header announced");
        }
        if (!piece.hasRemaining()) {
            return; // an empty frame, of which nothing need be gathered
        }
        if (piece.remaining() == bodySize) {
            complete(piece);
            return;
        }
        // No message is larger than an int can say: the header's size was checked.
        ByteBuffer whole = body.add(piece, more, (int) bodySize);
        if (whole != null) {
            try {
                complete(whole);
            } finally {
                body.clear();
                lastPlain = null; // it would keep the body
            }
        }
    }

    private void take(long bytes) {
        connection.broker().connections().unfinished().take(bytes);
        unfinished += bytes;
    }

    private void give(long bytes) {
        connection.broker().connections().unfinished().give(bytes);
        unfinished -= bytes;
    }

    private void complete(ByteBuffer content) {
        ClientMethod.BasicPublish publish = current;
        expects = Expects.METHOD;
        current = null;
        if (publish == null) {
            throw new IllegalStateException("content without a publish");
        }
        try {
            check(publish);
            if (mode == Mode.TRANSACTION) {
                checkOptions(publish, properties);
                take(HELD + properties.remaining() + content.remaining());
                held.add(new Held(publish, copy(properties), copy(content)));
            } else {
                publish(publish, properties, content);
            }
        } catch (AmqpException e) {
            throw e.of(AmqpChannel.PUBLISH);
        }
    }

    private static ByteBuffer copy(ByteBuffer source) {
        return ByteBuffer.allocate(source.remaining()).put(source.duplicate()).flip();
    }

    private void check(ClientMethod.BasicPublish publish) {
        channel.mayWrite("exchange", publish.exchange());
        Exchange exchange = channel.exchange(publish.exchange());
        if (exchange.internal()) {
            throw new AmqpException(
                    ReplyCode.ACCESS_REFUSED,
                    "cannot publish to internal exchange '%s' in vhost '%s'"
                            .formatted(exchange.name(), connection.host().name()));
        }
        if (exchange.type() == Exchange.Type.TOPIC) {
            checkTopics(exchange, publish.routingKey());
        }
        if (Properties.hasUserId(properties)) {
            String claimed = Properties.read(properties.duplicate()).userId();
            if (claimed != null
                    && !claimed.equals(connection.userName())
                    && !connection.user().tags().contains("impersonator")) {
                throw new AmqpException(
                        ReplyCode.PRECONDITION_FAILED,
                        "user_id property set to '%s' but authenticated user was '%s'"
                                .formatted(claimed, connection.userName()));
            }
        }
        if (Properties.hasExpiration(properties)) {
            expiration(Properties.read(properties.duplicate()).expiration());
        }
    }

    /// Refuses now what would be refused when it is routed.
    private void checkOptions(ClientMethod.BasicPublish publish, ByteBuffer list) {
        channel.exchange(publish.exchange());
        keys.clear();
        Properties read = Properties.read(list.duplicate());
        options(read, connection.broker().wallMillis());
        prepared(read);
    }

    /// Carbon copies are published to as the key itself is.
    private void checkTopics(Exchange exchange, String key) {
        channel.mayWriteTopic(exchange, key);
        FieldTable headers =
                Properties.hasHeaders(properties)
                        ? Properties.read(properties.duplicate()).headers()
                        : null;
        if (headers == null) {
            return;
        }
        for (String header : COPIES) {
            if (headers.get(header) instanceof FieldValue.Array copies) {
                for (FieldValue copy : copies.values()) {
                    String text = copy.asText();
                    if (text != null) {
                        channel.mayWriteTopic(exchange, text);
                    }
                }
            }
        }
    }

    private static long expiration(@Nullable String text) {
        if (text == null) {
            return -1;
        }
        try {
            long millis = Long.parseLong(text);
            if (millis >= 0 && millis <= 315_360_000_000L) {
                return millis;
            }
        } catch (NumberFormatException e) {
            // Refused below, like a number out of bounds.
        }
        throw new AmqpException(ReplyCode.PRECONDITION_FAILED, "invalid expiration '" + text + "'");
    }

    // ---- routing

    private void publish(ClientMethod.BasicPublish publish, ByteBuffer list, ByteBuffer content) {
        Broker broker = connection.broker();
        broker.metrics().countPublished(mode == Mode.CONFIRM);
        ByteBuffer sent = list;
        keys.clear();
        keys.add(publish.routingKey());
        long ttl = -1;
        PublishOptions options = PublishOptions.NONE;
        @Nullable FieldTable headers = null;
        boolean decoded =
                Properties.hasHeaders(list)
                        || Properties.hasExpiration(list)
                        || Properties.hasMessageId(list)
                        || Properties.hasReplyTo(list);
        if (decoded) {
            Properties read = Properties.read(list.duplicate());
            ttl = expiration(read.expiration());
            options = options(read, broker.wallMillis());
            Properties changed = prepared(read);
            headers = changed.headers();
            sent = changed == read ? list : changed.encoded();
        }
        if (publish.exchange().isEmpty()
                && (replyTo(publish, sent, content) || renews(publish, headers))) {
            accountForNothing();
            return;
        }
        Exchange exchange = channel.exchange(publish.exchange());
        connection.host().route(exchange, keys, headers, routes);
        if (broker.firehose().traces(connection.host().name())) {
            broker.firehose()
                    .onPublished(connection, channel, exchange.name(), keys, routes, sent, content);
        }
        boolean toTopics =
                routes.topics()
                        && broker.topicBridge()
                                .reaches(connection.host().name(), publish.routingKey());
        if (routes.size() == 0 && !toTopics) {
            if (publish.mandatory()) {
                giveBack(publish, sent, content);
            } else {
                broker.metrics().countUnroutable();
            }
            accountForNothing();
            return;
        }
        boolean persistent = Properties.deliveryMode(list) == 2;
        if (!broker.roomy() && mode == Mode.CONFIRM && keeps(persistent, toTopics)) {
            confirms.refused(confirms.add(1));
            // The room may have gone since its method was read: then nobody has been told yet.
            connection.publishing().publishes();
            connection.speaksSoon(channel);
            return;
        }
        int priority = Math.max(0, Properties.priority(list));
        Message message =
                decoded
                        ? new Message(
                                publish.exchange(),
                                publish.routingKey(),
                                persistent,
                                priority,
                                ttl,
                                options.dueMillis(),
                                options.once(),
                                sent,
                                content)
                        : plain(publish, persistent, priority, list, content);
        send(message, toTopics);
    }

    /// A message whose property list asks for nothing; the same object as the last one where only
    /// the bytes in its buffers differ.
    private Message plain(
            ClientMethod.BasicPublish publish,
            boolean persistent,
            int priority,
            ByteBuffer list,
            ByteBuffer content) {
        Message last = lastPlain;
        if (last == null
                || last.body() != content
                || last.properties() != list
                || last.persistent() != persistent
                || last.priority() != priority
                || !last.routingKey().equals(publish.routingKey())
                || !last.exchange().equals(publish.exchange())) {
            last =
                    new Message(
                            publish.exchange(),
                            publish.routingKey(),
                            persistent,
                            priority,
                            -1,
                            list,
                            content);
            lastPlain = last;
        }
        return last;
    }

    private static PublishOptions options(Properties properties, long now) {
        try {
            return PublishOptions.read(properties, now);
        } catch (IllegalArgumentException e) {
            throw new AmqpException(ReplyCode.PRECONDITION_FAILED, String.valueOf(e.getMessage()));
        }
    }

    /// Whether the message takes room on the disk: a stream keeps what no queue would.
    private boolean keeps(boolean persistent, boolean toTopics) {
        boolean kept = persistent && toTopics;
        for (int i = 0; i < routes.size(); i++) {
            QueueEntry queue = routes.get(i);
            kept |= queue.isStream() || (persistent && queue.survives());
        }
        return kept;
    }

    /// Takes carbon copies into the keys, hides blind ones, and makes a direct reply address real.
    private Properties prepared(Properties read) {
        Properties changed = read;
        FieldTable headers = read.headers();
        if (headers != null) {
            addKeys(headers.get(CARBON_COPY), CARBON_COPY);
            if (headers.get("BCC") != null) {
                addKeys(headers.get("BCC"), "BCC");
                changed = changed.withHeaders(headers.with().remove("BCC").build());
            }
        }
        if (ReplyAddresses.PSEUDO_QUEUE.equals(read.replyTo())) {
            String address = channel.consumers().replyAddress();
            if (address == null) {
                throw new AmqpException(
                        ReplyCode.PRECONDITION_FAILED, "fast reply consumer does not exist");
            }
            changed = changed.withReplyTo(address);
        }
        return changed;
    }

    private void addKeys(@Nullable FieldValue value, String header) {
        if (value == null) {
            return;
        }
        if (!(value instanceof FieldValue.Array array)) {
            throw new AmqpException(
                    ReplyCode.PRECONDITION_FAILED,
                    "Unsupported type of " + header + " header: expected an array");
        }
        for (FieldValue element : array.values()) {
            String key = element.asText();
            if (key != null) {
                keys.add(key);
            }
        }
    }

    private boolean replyTo(
            ClientMethod.BasicPublish publish, ByteBuffer list, ByteBuffer content) {
        if (!publish.routingKey().startsWith(ReplyAddresses.PSEUDO_QUEUE + ".")) {
            return false;
        }
        AmqpChannel target = connection.broker().replies().find(publish.routingKey());
        boolean taken =
                target != null
                        && target.consumers().deliverReply(publish.routingKey(), list, content);
        if (!taken && publish.mandatory()) {
            giveBack(publish, list, content);
        }
        return true;
    }

    /// A message to this name gives a delivery of this channel more time, or all of them.
    private boolean renews(ClientMethod.BasicPublish publish, @Nullable FieldTable headers) {
        if (!publish.routingKey().equals(Consumers.LEASE)) {
            return false;
        }
        FieldValue tag = headers == null ? null : headers.get("x-delivery-tag");
        FieldValue millis = headers == null ? null : headers.get("x-lease");
        Long one = tag == null ? null : tag.asLong();
        Long time = millis == null ? null : millis.asLong();
        channel.consumers()
                .renew(
                        one == null ? 0 : one,
                        time == null ? QueueSpec.NONE : Math.clamp(time, 0, Consumers.LEASE_MAX));
        return true;
    }

    private void giveBack(ClientMethod.BasicPublish publish, ByteBuffer list, ByteBuffer content) {
        connection.broker().metrics().countReturned();
        channel.reply(60, 50)
                .shortInt(ReplyCode.NO_ROUTE.code())
                .shortText("NO_ROUTE")
                .shortText(publish.exchange())
                .shortText(publish.routingKey())
                .end();
        connection.out().content(channel.number(), list, content, connection.frameMax());
    }

    private void accountForNothing() {
        if (mode != Mode.PLAIN) {
            confirms.add(0);
            connection.speaksSoon(channel);
        }
    }

    private void send(Message message, boolean toTopics) {
        int size = routes.size();
        Broker broker = connection.broker();
        if (size == 1 && !toTopics) {
            QueueEntry queue = routes.get(0);
            long token = mode == Mode.PLAIN ? 0 : confirms.add(1);
            broker.offer(
                    queue.shard(),
                    new QueueCommand.Publish(channel, token, queue.alone(), message));
            return;
        }
        // A shard keeps the message once for all of its queues.
        List<Integer> shards = new ArrayList<>(size);
        List<List<Long>> queues = new ArrayList<>(size);
        for (int i = 0; i < size; i++) {
            QueueEntry queue = routes.get(i);
            int at = shards.indexOf(queue.shard());
            if (at < 0) {
                shards.add(queue.shard());
                queues.add(new ArrayList<>());
                at = shards.size() - 1;
            }
            queues.get(at).add(queue.id());
        }
        int answers = shards.size() + (toTopics ? 1 : 0);
        long token = mode == Mode.PLAIN ? 0 : confirms.add(answers);
        for (int i = 0; i < shards.size(); i++) {
            broker.offer(
                    shards.get(i),
                    new QueueCommand.Publish(channel, token, queues.get(i), message));
        }
        if (toTopics) {
            broker.topicBridge()
                    .publish(
                            connection.host().name(),
                            message.routingKey(),
                            message.properties(),
                            message.body(),
                            channel,
                            token);
        }
    }

    // ---- confirms

    void confirmSelect(ClientMethod.ConfirmSelect select) {
        if (mode == Mode.TRANSACTION) {
            throw new AmqpException(
                    ReplyCode.PRECONDITION_FAILED, "cannot switch from tx to confirm mode");
        }
        mode = Mode.CONFIRM;
        if (!select.noWait()) {
            channel.reply(85, 11).end();
        }
    }

    void onAccepted(long from, long to) {
        confirms.accepted(from, to);
        onAnswered();
    }

    void onRefused(long token) {
        confirms.refused(token);
        onAnswered();
    }

    private void onAnswered() {
        if (channel.closed()) {
            return;
        }
        if (mode == Mode.CONFIRM) {
            connection.speaksSoon(channel);
        } else {
            finishCommit();
        }
    }

    void sayConfirms() {
        if (mode == Mode.CONFIRM && !channel.closed()) {
            connection.broker().metrics().countConfirmed(confirms.say(this));
        }
    }

    @Override
    public void ack(long number, boolean multiple) {
        channel.reply(60, 80).longLong(number).octet(multiple ? 1 : 0).end();
    }

    @Override
    public void nack(long number) {
        channel.reply(60, 120).longLong(number).octet(0).end();
    }

    // ---- transactions

    boolean inTransaction() {
        return mode == Mode.TRANSACTION;
    }

    void txSelect() {
        if (mode == Mode.CONFIRM) {
            throw new AmqpException(
                    ReplyCode.PRECONDITION_FAILED, "cannot switch from confirm to tx mode");
        }
        mode = Mode.TRANSACTION;
        channel.reply(90, 11).end();
    }

    void txCommit() {
        checkTransaction();
        connection.pause();
        boolean whole = false;
        try {
            // What has changed since may forbid one of them: then none of them is published.
            for (Held one : held) {
                checkOptions(one.publish(), one.properties());
            }
            for (Held one : held) {
                publish(one.publish(), one.properties(), one.body());
            }
            channel.consumers().commitSettled();
            whole = true;
        } finally {
            forgetHeld();
            if (whole) {
                // Only now: a publish that is refused at once is not the last one to be answered.
                committing = true;
                finishCommit();
            } else {
                connection.goOn();
            }
        }
    }

    /// A commit is answered when everything in it is safe.
    private void finishCommit() {
        if (committing && confirms.allAnswered()) {
            committing = false;
            confirms.say(new Silence());
            channel.reply(90, 21).end();
            connection.goOn();
        }
    }

    private static final class Silence implements Confirms.Voice {
        @Override
        public void ack(long number, boolean multiple) {
            // A transaction is confirmed as a whole.
        }

        @Override
        public void nack(long number) {
            // RabbitMQ's commit does not tell of single refusals either.
        }
    }

    void txRollback() {
        checkTransaction();
        forgetHeld();
        channel.consumers().rollbackSettled();
        channel.reply(90, 31).end();
    }

    private void checkTransaction() {
        if (mode != Mode.TRANSACTION) {
            throw new AmqpException(ReplyCode.PRECONDITION_FAILED, "channel is not transactional");
        }
    }

    private void forgetHeld() {
        held.clear();
        lastPlain = null;
        give(unfinished);
    }

    void close() {
        forgetHeld();
        body.clear();
        if (committing) {
            committing = false;
            connection.goOn();
        }
    }
}
