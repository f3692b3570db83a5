package dev.parley.front.amqp;

import dev.parley.api.Awaited;
import dev.parley.api.Reason;
import dev.parley.core.catalog.CatalogClient;
import dev.parley.core.catalog.CatalogCommand;
import dev.parley.core.catalog.CatalogCommand.Link;
import dev.parley.core.catalog.CatalogMachine;
import dev.parley.core.catalog.CatalogReply;
import dev.parley.core.catalog.Exchange;
import dev.parley.core.catalog.QueueEntry;
import dev.parley.core.catalog.User;
import dev.parley.core.message.FieldValue;
import dev.parley.core.queue.Delivery;
import dev.parley.core.queue.QueueClient;
import dev.parley.core.queue.QueueCommand;
import dev.parley.core.queue.QueueReply;
import dev.parley.core.queue.QueueSpec;
import dev.parley.core.shard.Command;
import dev.parley.front.stream.Retention;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One channel: declares, binds, publishes, consumes.
///
/// What needs the node's answer pauses the connection until it has come, so methods take effect in
/// the order in which they were sent.
final class AmqpChannel implements QueueClient {
    /// The method that begins content.
    static final int PUBLISH = ClientMethod.id(60, 40);

    private static final int ACK = ClientMethod.id(60, 80);
    private static final int ACK_BYTES = 9;

    private final AmqpConnection connection;
    private final int number;
    private final Publisher publisher;
    private final Consumers consumers;
    private final LastPublish lastPublish = new LastPublish();

    private boolean closed;
    private long nextToken = 1;
    private long awaited;
    private int asking;
    private final List<Long> cancelled = new ArrayList<>();
    private int currentMethod;
    private @Nullable Consumer<QueueReply> onQueueReply;
    private String lastQueue = "";
    private final Map<Long, String> full = new LinkedHashMap<>();

    AmqpChannel(AmqpConnection connection, int number) {
        this.connection = connection;
        this.number = number;
        this.publisher = new Publisher(connection, this);
        this.consumers = new Consumers(connection, this);
        connection.broker().metrics().channels(1);
    }

    int number() {
        return number;
    }

    Consumers consumers() {
        return consumers;
    }

    Publisher publisher() {
        return publisher;
    }

    ConnectionView.Channel view() {
        return consumers.view(number, publisher.confirms(), publisher.inTransaction());
    }

    boolean confirms() {
        return publisher.confirms();
    }

    void sayConfirms() {
        publisher.sayConfirms();
    }

    void resumeConsumers() {
        consumers.resumeAll();
    }

    // ---- frames

    void onMethod(int id, ByteBuffer arguments) {
        // What consumers say for each message makes no object.
        boolean ack = id == ACK && arguments.remaining() >= ACK_BYTES;
        ClientMethod method = ack ? null : read(id, arguments);
        if (closed) {
            if (method instanceof ClientMethod.ChannelCloseOk) {
                connection.forget(this);
            } else if (method instanceof ClientMethod.ChannelClose) {
                reply(20, 41).end();
            }
            return;
        }
        if (publisher.expectsContent()) {
            throw AmqpException.hard(
                    ReplyCode.UNEXPECTED_FRAME, "expected content, got a method frame");
        }
        currentMethod = id;
        try {
            if (method == null) {
                consumers.ack(arguments.getLong(), arguments.get() != 0);
            } else {
                handle(method);
            }
        } catch (AmqpException e) {
            throw e.of(id);
        }
    }

    private ClientMethod read(int id, ByteBuffer arguments) {
        return id == PUBLISH ? lastPublish.read(arguments) : ClientMethod.read(id, arguments);
    }

    private void handle(ClientMethod method) {
        switch (method) {
            case ClientMethod.BasicPublish publish -> publisher.begin(publish);
            case ClientMethod.BasicAck ack -> consumers.ack(ack.deliveryTag(), ack.multiple());
            case ClientMethod.BasicNack nack -> consumers.nack(nack);
            case ClientMethod.BasicReject reject -> consumers.reject(reject);
            case ClientMethod.BasicGet get -> consumers.get(get);
            case ClientMethod.BasicConsume consume -> consumers.consume(consume);
            case ClientMethod.BasicCancel cancel -> consumers.cancel(cancel);
            case ClientMethod.BasicCancelOk ok -> {
                // The answer to a cancellation of ours; nothing waits for it.
            }
            case ClientMethod.BasicQos qos -> consumers.qos(qos);
            case ClientMethod.BasicRecover recover -> consumers.recover(recover);
            case ClientMethod.QueueDeclare declare -> declareQueue(declare);
            case ClientMethod.QueueBind bind -> bindQueue(bind);
            case ClientMethod.QueueUnbind unbind -> unbindQueue(unbind);
            case ClientMethod.QueuePurge purge -> purgeQueue(purge);
            case ClientMethod.QueueDelete delete -> deleteQueue(delete);
            case ClientMethod.ExchangeDeclare declare -> declareExchange(declare);
            case ClientMethod.ExchangeDelete delete -> deleteExchange(delete);
            case ClientMethod.ExchangeBind bind -> bindExchange(bind);
            case ClientMethod.ExchangeUnbind unbind -> unbindExchange(unbind);
            case ClientMethod.ConfirmSelect select -> publisher.confirmSelect(select);
            case ClientMethod.TxSelect select -> publisher.txSelect();
            case ClientMethod.TxCommit commit -> publisher.txCommit();
            case ClientMethod.TxRollback rollback -> publisher.txRollback();
            case ClientMethod.ChannelFlow flow -> {
                if (!flow.active()) {
                    throw new AmqpException(ReplyCode.NOT_IMPLEMENTED, "active=false");
                }
                reply(20, 21).octet(1).end();
            }
            case ClientMethod.ChannelFlowOk ok -> {
                // The answer to a flow of ours; none is sent.
            }
            case ClientMethod.AccessRequest request -> reply(30, 11).shortInt(1).end();
            case ClientMethod.ChannelClose close -> {
                close();
                connection.forget(this);
                reply(20, 41).end();
            }
            case ClientMethod.ChannelCloseOk ok -> {
                // Late; the channel was opened again meanwhile.
            }
            case ClientMethod.ChannelOpen open ->
                    throw new AmqpException(ReplyCode.CHANNEL_ERROR, "second 'channel.open' seen");
            case ClientMethod.ConnectionStartOk c -> throw misplaced();
            case ClientMethod.ConnectionSecureOk c -> throw misplaced();
            case ClientMethod.ConnectionTuneOk c -> throw misplaced();
            case ClientMethod.ConnectionOpen c -> throw misplaced();
            case ClientMethod.ConnectionClose c -> throw misplaced();
            case ClientMethod.ConnectionCloseOk c -> throw misplaced();
            case ClientMethod.ConnectionUpdateSecret c -> throw misplaced();
        }
    }

    private static AmqpException misplaced() {
        return new AmqpException(
                ReplyCode.COMMAND_INVALID, "connection methods belong to channel 0");
    }

    void onContentHeader(int classId, long bodySize, ByteBuffer properties) {
        if (!closed) {
            publisher.onHeader(classId, bodySize, properties);
        }
    }

    void onBody(ByteBuffer piece, int more) {
        if (!closed) {
            publisher.onBody(piece, more);
        }
    }

    FrameBuffer reply(int classId, int methodId) {
        return connection.out().method(number, classId, methodId);
    }

    // ---- asking the node

    /// Sends a command to the catalog and goes on with `then` when it is done; the connection is
    /// paused meanwhile.
    private void ask(CatalogAsk command, Consumer<CatalogReply> then) {
        ask(command, reply -> {}, then);
    }

    /// @param always done with the answer also if the channel has closed meanwhile
    private void ask(
            CatalogAsk command, Consumer<CatalogReply> always, Consumer<CatalogReply> then) {
        long token = nextToken++;
        int method = currentMethod;
        begin();
        CatalogClient client =
                (answered, reply) -> {
                    try {
                        always.accept(reply);
                        if (!closed) {
                            then.accept(checked(reply));
                        }
                    } catch (AmqpException e) {
                        connection.fail(e.of(method), number);
                    } finally {
                        finish();
                    }
                };
        connection.broker().offer(0, command.with(client, token));
    }

    private interface CatalogAsk {
        CatalogCommand with(CatalogClient client, long token);
    }

    private static CatalogReply checked(CatalogReply reply) {
        if (reply instanceof CatalogReply.Refused(Reason reason)) {
            throw Refusals.asException(reason);
        }
        return reply;
    }

    /// Sends a command to a queue's shard; as with [#ask].
    void askQueue(QueueEntry queue, QueueAsk command, Consumer<QueueReply> then) {
        tellQueue(queue, command, reply -> then.accept(checked(reply)));
    }

    /// @param then hears of a refusal too
    private void tellQueue(QueueEntry queue, QueueAsk command, Consumer<QueueReply> then) {
        long token = nextToken++;
        awaited = token;
        onQueueReply = then;
        begin();
        connection.broker().offer(queue.shard(), command.with(token));
    }

    private static QueueReply checked(QueueReply reply) {
        if (reply instanceof QueueReply.Refused(Reason reason)) {
            throw Refusals.asException(reason);
        }
        return reply;
    }

    /// A command that carries the token of its answer, which comes to [#onReply].
    interface QueueAsk {
        Command with(long token);
    }

    @Override
    public void onReply(long token, QueueReply reply) {
        Consumer<QueueReply> then = onQueueReply;
        if (token != awaited || then == null) {
            return;
        }
        onQueueReply = null;
        awaited = 0;
        try {
            if (!closed) {
                then.accept(reply);
            } else if (reply instanceof QueueReply.Got got) {
                consumers.giveBackUnseen(got.delivery());
            }
        } catch (AmqpException e) {
            connection.fail(e.of(currentMethod), number);
        } finally {
            finish();
        }
    }

    @Override
    public void onAccepted(long from, long to) {
        publisher.onAccepted(from, to);
    }

    @Override
    public void onRefused(long token, Reason reason) {
        publisher.onRefused(token);
    }

    @Override
    public void onDelivery(Delivery delivery) {
        consumers.onDelivery(delivery);
    }

    @Override
    public void onLapsed(long queue, long entry) {
        consumers.onLapsed(queue, entry);
    }

    @Override
    public Awaited.Holder holder(long consumer) {
        String where = "%s, channel %d".formatted(connection.description(), number);
        return new Awaited.Holder(consumers.tag(consumer), where);
    }

    @Override
    public boolean gone() {
        return closed;
    }

    @Override
    public void onFull(long queue, String name) {
        full.put(queue, name);
        connection.publishing().sayBlocked();
    }

    @Override
    public void onRoomIn(long queue) {
        if (full.remove(queue) != null) {
            connection.publishing().onRoom();
        }
    }

    /// A full queue that this channel publishes to and must wait for, or null.
    @Nullable String fullQueue() {
        return full.isEmpty() || closed ? null : full.values().iterator().next();
    }

    private void begin() {
        asking++;
        connection.pause();
    }

    private void finish() {
        asking--;
        if (asking == 0) {
            cancelled.forEach(consumers::onCancelled);
            cancelled.clear();
        }
        connection.goOn();
    }

    /// A client that deletes a queue hears that it is done before it hears what that ended.
    @Override
    public void onCancelled(long consumer) {
        if (asking > 0) {
            cancelled.add(consumer);
        } else {
            consumers.onCancelled(consumer);
        }
    }

    // ---- names and permissions

    User.Permission permission() {
        User.Permission permission = connection.user().in(connection.host().name());
        if (permission == null) {
            throw new AmqpException(ReplyCode.ACCESS_REFUSED, "no permission in this vhost");
        }
        return permission;
    }

    void mayConfigure(String kind, String name) {
        if (!permission().mayConfigure(name)) {
            throw refusedAccess("configure", kind, name);
        }
    }

    void mayWrite(String kind, String name) {
        if (!permission().mayWrite(name)) {
            throw refusedAccess("write", kind, name);
        }
    }

    void mayRead(String kind, String name) {
        if (!permission().mayRead(name)) {
            throw refusedAccess("read", kind, name);
        }
    }

    /// Whether a routing key may be used with a topic exchange that may be written to.
    void mayWriteTopic(Exchange exchange, String key) {
        String host = connection.host().name();
        if (exchange.type() == Exchange.Type.TOPIC
                && !connection.user().mayWriteTopic(host, exchange.name(), key)) {
            throw refusedTopic("write", exchange, key);
        }
    }

    /// Whether one may be bound with to a topic exchange that may be read from.
    private void mayReadTopic(String named, String key) {
        Exchange exchange = connection.host().exchange(named);
        if (exchange != null
                && exchange.type() == Exchange.Type.TOPIC
                && !connection.user().mayReadTopic(connection.host().name(), named, key)) {
            throw refusedTopic("read", exchange, key);
        }
    }

    private AmqpException refusedTopic(String what, Exchange exchange, String key) {
        return new AmqpException(
                ReplyCode.ACCESS_REFUSED,
                "%s access to topic '%s' in exchange topic '%s' in vhost '%s' refused for user '%s'"
                        .formatted(
                                what,
                                key,
                                exchange.name(),
                                connection.host().name(),
                                connection.userName()));
    }

    private AmqpException refusedAccess(String what, String kind, String name) {
        return new AmqpException(
                ReplyCode.ACCESS_REFUSED,
                "%s access to %s '%s' in vhost '%s' refused for user '%s'"
                        .formatted(
                                what,
                                kind,
                                name.isEmpty() ? "amq.default" : name,
                                connection.host().name(),
                                connection.userName()));
    }

    /// An empty name stands for the queue declared last on this channel.
    String queueName(String name) {
        if (!name.isEmpty()) {
            return clean(name);
        }
        if (lastQueue.isEmpty()) {
            throw new AmqpException(ReplyCode.NOT_FOUND, "no previously declared queue");
        }
        return lastQueue;
    }

    /// Line ends are not part of a name.
    private static String clean(String name) {
        return name.indexOf('\n') < 0 && name.indexOf('\r') < 0
                ? name
                : name.replace("\n", "").replace("\r", "");
    }

    /// The queue of that name if this connection may use it.
    QueueEntry queue(String name) {
        String wanted = queueName(name);
        QueueEntry queue = connection.host().queue(wanted);
        if (queue == null) {
            throw Refusals.asException(CatalogMachine.noQueue(wanted, connection.host().name()));
        }
        if (queue.owner() != 0 && queue.owner() != connection.id()) {
            throw Refusals.asException(CatalogMachine.locked(queue));
        }
        return queue;
    }

    // ---- exchanges

    private void declareExchange(ClientMethod.ExchangeDeclare declare) {
        String name = clean(declare.exchange());
        if (declare.passive()) {
            if (connection.host().exchange(name) == null) {
                throw Refusals.asException(
                        CatalogMachine.noExchange(name, connection.host().name()));
            }
            answer(declare.noWait(), 40, 11);
            return;
        }
        mayConfigure("exchange", name);
        if (name.isEmpty()) {
            throw new AmqpException(
                    ReplyCode.ACCESS_REFUSED, "operation not permitted on the default exchange");
        }
        FieldValue alternate = declare.arguments().get("alternate-exchange");
        String alternateName = alternate == null ? null : alternate.asText();
        if (alternate != null && alternateName == null) {
            throw new AmqpException(
                    ReplyCode.PRECONDITION_FAILED,
                    "invalid arg 'alternate-exchange' for exchange '" + name + "'");
        }
        if (alternateName != null) {
            mayRead("exchange", name);
            mayWrite("exchange", alternateName);
        }
        ask(
                (client, token) ->
                        new CatalogCommand.DeclareExchange(
                                client,
                                token,
                                connection.host().name(),
                                name,
                                declare.type(),
                                declare.durable(),
                                declare.autoDelete(),
                                declare.internal(),
                                declare.arguments()),
                reply -> answer(declare.noWait(), 40, 11));
    }

    private void deleteExchange(ClientMethod.ExchangeDelete delete) {
        mayConfigure("exchange", delete.exchange());
        ask(
                (client, token) ->
                        new CatalogCommand.DeleteExchange(
                                client,
                                token,
                                connection.host().name(),
                                delete.exchange(),
                                delete.ifUnused()),
                reply -> answer(delete.noWait(), 40, 21));
    }

    private void bindExchange(ClientMethod.ExchangeBind bind) {
        mayWrite("exchange", bind.destination());
        mayRead("exchange", bind.source());
        mayReadTopic(bind.source(), bind.key());
        Link link =
                new Link(bind.source(), bind.destination(), false, bind.key(), bind.arguments());
        bind(link, () -> answer(bind.noWait(), 40, 31));
    }

    private void unbindExchange(ClientMethod.ExchangeUnbind unbind) {
        mayWrite("exchange", unbind.destination());
        mayRead("exchange", unbind.source());
        mayReadTopic(unbind.source(), unbind.key());
        Link link =
                new Link(
                        unbind.source(),
                        unbind.destination(),
                        false,
                        unbind.key(),
                        unbind.arguments());
        unbind(link, () -> answer(unbind.noWait(), 40, 51));
    }

    private void bind(Link link, Runnable then) {
        ask(
                (client, token) ->
                        new CatalogCommand.Bind(client, token, connection.host().name(), link),
                reply -> then.run());
    }

    private void unbind(Link link, Runnable then) {
        ask(
                (client, token) ->
                        new CatalogCommand.Unbind(client, token, connection.host().name(), link),
                reply -> then.run());
    }

    private void answer(boolean noWait, int classId, int methodId) {
        if (!noWait) {
            reply(classId, methodId).end();
        }
    }

    // ---- queues

    private void declareQueue(ClientMethod.QueueDeclare declare) {
        String name = clean(declare.queue());
        if (name.equals(ReplyAddresses.PSEUDO_QUEUE)
                || name.startsWith(ReplyAddresses.PSEUDO_QUEUE + ".")) {
            declareReplyAddress(name, declare);
            return;
        }
        if (declare.passive()) {
            QueueEntry queue = queue(name);
            lastQueue = queue.name();
            askQueue(queue, touch(queue), reply -> onTouched(queue, reply, declare.noWait()));
            return;
        }
        String chosen = name.isEmpty() ? "amq.gen-" + connection.broker().randomName() : name;
        mayConfigure("queue", chosen);
        if (declare.exclusive() && Retention.isAsked(declare.arguments())) {
            throw new AmqpException(
                    ReplyCode.PRECONDITION_FAILED,
                    "invalid property 'exclusive-owner' for queue '%s' in vhost '%s'"
                            .formatted(chosen, connection.host().name()));
        }
        checkDeadLetters(chosen, spec(chosen, declare));
        declareAs(chosen, declare);
    }

    private void declareAs(String chosen, ClientMethod.QueueDeclare declare) {
        long owner = declare.exclusive() ? connection.id() : 0;
        ask(
                (client, token) ->
                        new CatalogCommand.DeclareQueue(
                                client,
                                token,
                                connection.host().name(),
                                chosen,
                                declare.durable(),
                                owner,
                                declare.autoDelete(),
                                declare.arguments()),
                this::create,
                reply -> onDeclared(((CatalogReply.Declared) reply).queue(), declare));
    }

    private static QueueSpec spec(String name, ClientMethod.QueueDeclare declare) {
        try {
            return QueueArguments.spec(
                    name,
                    declare.durable() && !declare.exclusive(),
                    declare.autoDelete(),
                    declare.arguments());
        } catch (IllegalArgumentException e) {
            throw new AmqpException(ReplyCode.PRECONDITION_FAILED, String.valueOf(e.getMessage()));
        }
    }

    private void checkDeadLetters(String name, QueueSpec spec) {
        String exchange = spec.deadLetterExchange();
        if (exchange != null) {
            mayRead("queue", name);
            mayWrite("exchange", exchange);
        }
    }

    /// What the catalog has is created on its shard, whatever has become of this channel; but
    /// nobody would ever delete the exclusive queue of a connection that has ended.
    private void create(CatalogReply reply) {
        if (!(reply instanceof CatalogReply.Declared declared)) {
            return;
        }
        QueueEntry queue = declared.queue();
        if (queue.owner() != 0 && !connection.open()) {
            connection
                    .broker()
                    .offer(0, new CatalogCommand.RemoveQueue((token, gone) -> {}, 0, queue.id()));
            return;
        }
        if (queue.owner() != 0) {
            connection.ownsQueues();
        }
        Declaration.create(connection.broker(), declared);
    }

    private void onDeclared(QueueEntry queue, ClientMethod.QueueDeclare declare) {
        lastQueue = queue.name();
        tellQueue(
                queue,
                touch(queue),
                reply -> {
                    if (Declaration.gone(queue, reply)) {
                        ask(removal(queue), done -> declareAs(queue.name(), declare));
                    } else {
                        onTouched(queue, checked(reply), declare.noWait());
                    }
                });
    }

    private QueueAsk touch(QueueEntry queue) {
        return token -> new QueueCommand.Touch(this, token, queue.id());
    }

    private void onTouched(QueueEntry queue, QueueReply reply, boolean noWait) {
        if (!noWait && reply instanceof QueueReply.Done done) {
            declareOk(queue.name(), done.messages(), done.consumers());
        }
    }

    private static CatalogAsk removal(QueueEntry queue) {
        return (client, token) -> Declaration.removal(client, token, queue);
    }

    private void declareOk(String name, long messages, int count) {
        reply(50, 11).shortText(name).longInt(messages).longInt(count).end();
    }

    private void declareReplyAddress(String name, ClientMethod.QueueDeclare declare) {
        if (!name.equals(ReplyAddresses.PSEUDO_QUEUE)
                && connection.broker().replies().find(name) == null) {
            throw Refusals.asException(CatalogMachine.noQueue(name, connection.host().name()));
        }
        if (!declare.noWait()) {
            declareOk(name, 0, name.equals(ReplyAddresses.PSEUDO_QUEUE) ? 0 : 1);
        }
    }

    private void bindQueue(ClientMethod.QueueBind bind) {
        String name = queueName(bind.queue());
        mayWrite("queue", name);
        mayRead("exchange", bind.exchange());
        QueueEntry queue = connection.host().queue(name);
        if (queue != null) {
            queue(name);
        }
        String key = boundKey(bind.queue(), bind.key(), name);
        mayReadTopic(bind.exchange(), key);
        Link link = new Link(bind.exchange(), name, true, key, bind.arguments());
        bind(link, () -> answer(bind.noWait(), 50, 21));
    }

    /// Where no queue is named, an empty key stands for the name of the one declared last.
    private static String boundKey(String asked, String key, String name) {
        return asked.isEmpty() && key.isEmpty() ? name : key;
    }

    private void unbindQueue(ClientMethod.QueueUnbind unbind) {
        String name = queueName(unbind.queue());
        mayWrite("queue", name);
        mayRead("exchange", unbind.exchange());
        String key = boundKey(unbind.queue(), unbind.key(), name);
        mayReadTopic(unbind.exchange(), key);
        if (connection.host().queue(name) != null) {
            queue(name);
        }
        Link link = new Link(unbind.exchange(), name, true, key, unbind.arguments());
        unbind(link, () -> answer(false, 50, 51));
    }

    private void purgeQueue(ClientMethod.QueuePurge purge) {
        mayRead("queue", queueName(purge.queue()));
        QueueEntry queue = queue(purge.queue());
        if (queue.isStream()) {
            throw StreamConsumer.notImplemented("queue.purge", queue);
        }
        askQueue(
                queue,
                token -> new QueueCommand.Purge(this, token, queue.id()),
                reply -> {
                    if (!purge.noWait() && reply instanceof QueueReply.Done done) {
                        reply(50, 31).longInt(done.messages()).end();
                    }
                });
    }

    private void deleteQueue(ClientMethod.QueueDelete delete) {
        String name = queueName(delete.queue());
        mayConfigure("queue", name);
        if (connection.host().queue(name) == null) {
            if (!delete.noWait()) {
                reply(50, 41).longInt(0).end();
            }
            return;
        }
        QueueEntry queue = queue(name);
        askQueue(
                queue,
                token ->
                        new QueueCommand.Delete(
                                this, token, queue.id(), delete.ifUnused(), delete.ifEmpty()),
                reply -> {
                    long messages = reply instanceof QueueReply.Done done ? done.messages() : 0;
                    forgetQueue(queue, messages, delete.noWait());
                });
    }

    private void forgetQueue(QueueEntry queue, long messages, boolean noWait) {
        ask(
                removal(queue),
                reply -> {
                    if (!noWait) {
                        reply(50, 41).longInt(messages).end();
                    }
                });
    }

    /// The exchange that a publish names.
    Exchange exchange(String name) {
        Exchange exchange = connection.host().exchange(name);
        if (exchange == null) {
            throw Refusals.asException(CatalogMachine.noExchange(name, connection.host().name()));
        }
        return exchange;
    }

    // ---- the end

    boolean closed() {
        return closed;
    }

    /// Gives back what the channel has; nothing more is sent on it.
    void close() {
        if (!closed) {
            closed = true;
            consumers.close();
            publisher.close();
            connection.broker().metrics().channels(-1);
            connection.channelClosed();
        }
    }
}
