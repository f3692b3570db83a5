package dev.parley.front.amqp;

import dev.parley.core.catalog.CatalogCommand;
import dev.parley.core.catalog.QueueEntry;
import dev.parley.core.catalog.User;
import dev.parley.core.catalog.VirtualHost;
import dev.parley.core.message.FieldTable;
import dev.parley.core.message.FieldValue;
import dev.parley.core.message.MalformedException;
import dev.parley.core.message.ShortText;
import dev.parley.core.queue.QueueCommand;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One client's connection: handshake, channels, heartbeats, and the end of it all.
///
/// Bytes come in by [#read] and go out by [#drain], for which [Wire] is asked. While an answer of
/// the node is awaited that later frames depend on, the connection is paused: what has been
/// received stays in the caller's buffer.
public final class AmqpConnection implements FrameSink {
    /// The socket under a connection.
    public interface Wire extends Borrower {
        /// Something stands in the output; it is to be written at the end of the round.
        void flushSoon();

        /// Reading may go on, or should: bytes may be left in the input buffer.
        void resume();

        /// Runs something on the event loop after a while.
        void later(Runnable task, long millis);

        /// Close when everything written so far is out.
        void close();

        /// Bytes written and not yet taken by the client.
        long backlog();

        /// Whether the client takes what is sent to it.
        boolean writable();

        /// Where the client is.
        InetSocketAddress address();

        /// Name in the client's certificate, or null.
        @Nullable String certificateName();

        /// For people: address and port of the client.
        String peer();
    }

    private enum State {
        GREETING,
        LOGIN,
        CHECKING,
        TUNING,
        OPENING,
        OPEN,
        CLOSING,
        /// The client's goodbye is answered; it is the client that closes the socket.
        PARTED,
        CLOSED
    }

    private static final byte[] GREETING = {'A', 'M', 'Q', 'P', 0, 0, 9, 1};
    private static final int FRAME_MIN = 4096;
    private static final long OVERFULL = 64;
    private static final long LINGER_MILLIS = 50;
    private static final int LINGER_TRIES = 20;

    /// Time that a client gets to close the socket when its goodbye has been answered.
    private static final long PARTING_MILLIS = 1_000;

    private final Broker broker;
    private final Wire wire;
    private final long id;
    private final long since;
    private final FrameReader reader = new FrameReader();
    private final FrameBuffer out;
    private final Map<Integer, AmqpChannel> channels = new HashMap<>();
    private final List<AmqpChannel> speaking = new ArrayList<>();

    private State state = State.GREETING;
    private FieldTable clientProperties = FieldTable.EMPTY;
    private @Nullable User user;
    private @Nullable VirtualHost host;
    private int frameMax = FRAME_MIN;
    private int channelMax;
    private long heartbeatMillis;
    private long lastRead;
    private long left;
    private long lastWrite;

    /// What waited for the client at the last tick, in bytes.
    private long backlogThen;

    private int waits;
    private final HoldBack publishing;
    private boolean ownsQueues;
    private boolean present;
    private boolean full;
    private int turns;

    public AmqpConnection(Broker broker, Wire wire) {
        this.broker = broker;
        this.wire = wire;
        this.publishing = new HoldBack(this);
        this.id = broker.nextId();
        this.out = new FrameBuffer(broker.connections().output());
        this.since = broker.tickMillis();
        this.lastRead = since;
        this.lastWrite = since;
        reader.frameMax(FRAME_MIN);
        broker.metrics().connections(1);
        broker.connections().add(this);
    }

    long id() {
        return id;
    }

    Broker broker() {
        return broker;
    }

    FrameBuffer out() {
        return out;
    }

    int frameMax() {
        return frameMax;
    }

    String userName() {
        return user().name();
    }

    User user() {
        User now = user == null ? null : broker.catalog().user(user.name());
        if (now == null) {
            throw AmqpException.hard(ReplyCode.ACCESS_REFUSED, "the user is gone");
        }
        return now;
    }

    VirtualHost host() {
        VirtualHost now = host;
        if (now == null) {
            throw new AmqpException(ReplyCode.COMMAND_INVALID, "the connection is not open");
        }
        return now;
    }

    boolean has(String capability) {
        return clientProperties.get("capabilities")
                        instanceof FieldValue.Table(FieldTable capabilities)
                && capabilities.get(capability) instanceof FieldValue.Bool(boolean on)
                && on;
    }

    // ---- bytes

    /// Takes what the client has sent and leaves what it cannot take yet in `in`.
    public void read(ByteBuffer in) {
        if (over()) {
            in.position(in.limit());
            return;
        }
        lastRead = broker.tickMillis();
        try {
            reader.read(in, this);
        } catch (AmqpException e) {
            fail(e, 0);
            in.position(in.limit());
        }
        settleOutput();
    }

    /// The bytes that the frame at the front of `in` needs before [#read] can take it.
    public int needed(ByteBuffer in) {
        return reader.needed(in);
    }

    /// Gives away what is to be written, if there is anything; valid during the call.
    public void drain(Consumer<ByteBuffer> taker) {
        sayConfirms();
        if (out.size() > 0) {
            lastWrite = broker.tickMillis();
            out.drain(wire, taker);
        }
    }

    /// The client takes data again.
    public void onWritable() {
        full = false;
        wire.resume();
        // Another channel is first each time, for there may be room for one of them only.
        List<AmqpChannel> inTurn = new ArrayList<>(channels.values());
        Collections.rotate(inTurn, ++turns);
        inTurn.forEach(AmqpChannel::resumeConsumers);
    }

    /// Whether a delivery may be added to the output.
    boolean takesDeliveries() {
        if (!wire.writable() || out.size() > broker.config().outputBytesMax()) {
            full = true;
            return false;
        }
        return true;
    }

    /// Whether deliveries stopped because there was no room for them: [#onFlushed] is to be called
    /// when the round is over, in which others still have to write.
    public boolean wantsRoom() {
        return full;
    }

    /// Called when a round's output has been handed to the socket.
    public void onFlushed() {
        if (full && wire.writable()) {
            onWritable();
        }
    }

    void settleOutput() {
        if (out.size() > 0 || !speaking.isEmpty()) {
            wire.flushSoon();
        }
    }

    void speaksSoon(AmqpChannel channel) {
        if (!speaking.contains(channel)) {
            speaking.add(channel);
            wire.flushSoon();
        }
    }

    private void sayConfirms() {
        for (int i = 0; i < speaking.size(); i++) {
            speaking.get(i).sayConfirms();
        }
        speaking.clear();
    }

    /// Frames wait until an answer has come.
    void pause() {
        waits++;
    }

    void goOn() {
        waits--;
        settleOutput();
        if (waits == 0) {
            wire.resume();
        }
    }

    @Override
    public boolean paused() {
        if (over()) {
            return state == State.CLOSED; // what comes of who has parted is read, and dropped
        }
        return waits > 0 || publishing.held() || overfull();
    }

    /// Whether a publish waits for room, and with it all that came behind it. A client that still
    /// wants something waits for an answer too: who ends his side meanwhile is gone.
    public boolean awaitsRoom() {
        return publishing.awaitsRoom();
    }

    /// A client that asks and does not read the answers is not asked further. The bound is far
    /// above the one for deliveries, since many a client writes all that it has before it reads.
    boolean overfull() {
        return out.size() + wire.backlog() > broker.config().outputBytesMax() * OVERFULL;
    }

    @Override
    public boolean holds(int number, int method) {
        return state == State.OPEN && publishing.holds(channels.get(number), method);
    }

    /// What publishers have to wait for has changed.
    public void onAlarm() {
        publishing.onAlarm();
    }

    HoldBack publishing() {
        return publishing;
    }

    Collection<AmqpChannel> channels() {
        return channels.values();
    }

    void resumeReading() {
        wire.resume();
    }

    // ---- time

    /// Called about twice a second.
    public void onTick() {
        long now = broker.tickMillis();
        switch (state) {
            case GREETING, LOGIN, CHECKING, TUNING, OPENING, CLOSING -> {
                long begun = state == State.CLOSING ? left : since;
                if (now - begun > broker.config().handshakeMillis()) {
                    end();
                }
            }
            case OPEN -> {
                VirtualHost open = host();
                if (broker.catalog().host(open.name()) != open) {
                    shutdown("the virtual host '%s' was removed".formatted(open.name()));
                    return;
                }
                if (heartbeatMillis > 0) {
                    beat(now);
                }
                publishing.sayBlocked();
            }
            case PARTED -> {
                if (now - lastWrite >= PARTING_MILLIS) {
                    end();
                }
            }
            case CLOSED -> {
                // Nothing more to wait for.
            }
        }
    }

    private void beat(long now) {
        // Nothing is read of a client that has much to read yet, so its heartbeats are not seen:
        // that it takes what waits for it shows that it lives.
        long backlog = wire.backlog();
        if (!wire.writable() && backlog < backlogThen) {
            lastRead = now;
        }
        backlogThen = backlog;
        if (now - lastRead > heartbeatMillis * 2 && waits == 0 && !publishing.held()) {
            end();
        } else if (now - lastWrite >= heartbeatMillis / 2 && out.size() == 0) {
            out.heartbeat();
            wire.flushSoon();
        }
    }

    void ownsQueues() {
        ownsQueues = true;
    }

    // ---- frames

    @Override
    public void onProtocolHeader(boolean supported) {
        if (!supported) {
            out.raw(GREETING);
            wire.flushSoon();
            end();
            return;
        }
        state = State.LOGIN;
        out.raw(broker.connections().greeting().start(wire.certificateName() != null));
    }

    @Override
    public void onMethod(int channel, int method, ByteBuffer arguments) {
        try {
            if (channel == 0) {
                onConnectionMethod(ClientMethod.read(method, arguments), method);
            } else {
                onChannelMethod(channel, method, arguments);
            }
        } catch (AmqpException e) {
            fail(e.of(method), channel);
        }
    }

    private void onConnectionMethod(ClientMethod method, int id) {
        if (state == State.CLOSING) {
            if (method instanceof ClientMethod.ConnectionCloseOk) {
                end();
            } else if (method instanceof ClientMethod.ConnectionClose) {
                out.method(0, 10, 51).end();
            }
            return;
        }
        switch (method) {
            case ClientMethod.ConnectionStartOk start when state == State.LOGIN -> login(start);
            case ClientMethod.ConnectionTuneOk tune when state == State.TUNING -> tune(tune);
            case ClientMethod.ConnectionOpen open when state == State.OPENING -> open(open);
            case ClientMethod.ConnectionClose close -> closeOk();
            case ClientMethod.ConnectionUpdateSecret update when state == State.OPEN ->
                    out.method(0, 10, 71).end();
            default ->
                    throw new AmqpException(
                            ReplyCode.COMMAND_INVALID,
                            "method %d.%d is not expected on channel 0 now"
                                    .formatted(id >>> 16, id & 0xFFFF));
        }
    }

    /// Answers a client's goodbye. amqplib sends it ahead of frames that it still has to write, and
    /// fails if it cannot write them: it is answered when it has been quiet for a while.
    private void closeOk() {
        boolean lingers = !channels.isEmpty() && clientProduct().equals("amqplib");
        leave();
        state = State.CLOSING;
        if (lingers) {
            wire.later(() -> closeWhenQuiet(LINGER_TRIES), LINGER_MILLIS);
        } else {
            sayCloseOk();
        }
    }

    private void closeWhenQuiet(int tries) {
        if (tries > 0 && broker.tickMillis() - lastRead < LINGER_MILLIS) {
            wire.later(() -> closeWhenQuiet(tries - 1), LINGER_MILLIS);
        } else {
            sayCloseOk();
        }
    }

    /// Says so and leaves the socket to the client: some take an end that comes with the answer, or
    /// finds them with something left to write, for a broken connection.
    private void sayCloseOk() {
        if (state == State.CLOSING) {
            out.method(0, 10, 51).end();
            state = State.PARTED;
            lastWrite = broker.tickMillis();
            settleOutput();
        }
    }

    /// Whether nothing that the client sends is heard any more.
    private boolean over() {
        return state == State.PARTED || state == State.CLOSED;
    }

    private String clientProduct() {
        FieldValue product = clientProperties.get("product");
        String text = product == null ? null : product.asText();
        return text == null ? "" : text;
    }

    private void login(ClientMethod.ConnectionStartOk start) {
        clientProperties = start.properties();
        Credentials credentials;
        try {
            credentials = Credentials.read(start.mechanism(), start.response());
        } catch (MalformedException e) {
            throw new AmqpException(ReplyCode.SYNTAX_ERROR, "malformed login");
        }
        if (credentials == null) {
            throw new AmqpException(
                    ReplyCode.NOT_ALLOWED, "unknown mechanism '" + start.mechanism() + "'");
        }
        state = State.CHECKING;
        if (credentials.external()) {
            onChecked(broker.certified(wire.address(), wire.certificateName()), start.mechanism());
            return;
        }
        pause();
        broker.authenticate(
                wire.address(),
                credentials.user(),
                credentials.password(),
                found -> {
                    if (state == State.CHECKING) {
                        onChecked(found, start.mechanism());
                    }
                    goOn();
                });
    }

    private void onChecked(@Nullable User found, String mechanism) {
        if (found == null) {
            String text =
                    "Login was refused using authentication mechanism "
                            + mechanism
                            + ". For details see the broker logfile.";
            if (has("authentication_failure_close")) {
                state = State.OPEN;
                fail(AmqpException.hard(ReplyCode.ACCESS_REFUSED, text), 0);
            } else {
                end();
            }
            return;
        }
        user = found;
        state = State.TUNING;
        AmqpConfig config = broker.config();
        out.method(0, 10, 30).shortInt(config.channelMax()).longInt(config.frameMax());
        out.shortInt(config.heartbeatSeconds()).end();
        wire.flushSoon();
    }

    private void tune(ClientMethod.ConnectionTuneOk tune) {
        AmqpConfig config = broker.config();
        if (tune.channelMax() > config.channelMax()) {
            throw new AmqpException(
                    ReplyCode.NOT_ALLOWED,
                    "negotiated channel_max = %d is higher than the maximum allowed value (%d)"
                            .formatted(tune.channelMax(), config.channelMax()));
        }
        long wanted = tune.frameMax() == 0 ? config.frameMax() : tune.frameMax();
        if (wanted < FRAME_MIN) {
            throw new AmqpException(
                    ReplyCode.NOT_ALLOWED,
                    "negotiated frame_max = %d is lower than the minimum allowed value (%d)"
                            .formatted(wanted, FRAME_MIN));
        }
        if (wanted > config.frameMax()) {
            throw new AmqpException(
                    ReplyCode.NOT_ALLOWED,
                    "negotiated frame_max = %d is higher than the maximum allowed value (%d)"
                            .formatted(wanted, config.frameMax()));
        }
        frameMax = (int) wanted;
        channelMax = tune.channelMax() == 0 ? config.channelMax() : tune.channelMax();
        reader.frameMax(frameMax);
        heartbeatMillis = tune.heartbeat() * 1000L;
        state = State.OPENING;
    }

    private void open(ClientMethod.ConnectionOpen open) {
        String name = open.virtualHost();
        VirtualHost found = broker.catalog().host(name);
        if (found == null) {
            throw new AmqpException(ReplyCode.NOT_ALLOWED, "vhost " + name + " not found");
        }
        if (user().in(name) == null) {
            throw new AmqpException(
                    ReplyCode.NOT_ALLOWED,
                    "access to vhost '%s' refused for user '%s'".formatted(name, user().name()));
        }
        broker.attendance().enter(user(), found);
        present = true;
        host = found;
        state = State.OPEN;
        out.method(0, 10, 41).shortText("").end();
    }

    private void onChannelMethod(int number, int method, ByteBuffer arguments) {
        if (state == State.CLOSING) {
            return;
        }
        if (state != State.OPEN) {
            throw new AmqpException(
                    ReplyCode.CHANNEL_ERROR, "a channel before the connection is open");
        }
        AmqpChannel channel = channels.get(number);
        if (channel != null) {
            channel.onMethod(method, arguments);
            return;
        }
        ClientMethod read = ClientMethod.read(method, arguments);
        if (read instanceof ClientMethod.ChannelOpen) {
            if (number > channelMax) {
                throw new AmqpException(
                        ReplyCode.NOT_ALLOWED,
                        "channel %d where the negotiated channel_max is %d"
                                .formatted(number, channelMax));
            }
            broker.attendance().openChannel(user());
            channels.put(number, new AmqpChannel(this, number));
            out.method(number, 20, 11).longInt(0).end();
        } else if (!(read instanceof ClientMethod.ChannelCloseOk)) {
            throw new AmqpException(ReplyCode.CHANNEL_ERROR, "expected 'channel.open'");
        }
    }

    @Override
    public void onContentHeader(int number, int classId, long bodySize, ByteBuffer properties) {
        try {
            AmqpChannel channel = channelFor(number);
            if (channel != null) {
                channel.onContentHeader(classId, bodySize, properties);
            }
        } catch (AmqpException e) {
            fail(e, number);
        }
    }

    @Override
    public void onBody(int number, ByteBuffer piece, int more) {
        try {
            AmqpChannel channel = channelFor(number);
            if (channel != null) {
                channel.onBody(piece, more);
            }
        } catch (AmqpException e) {
            fail(e, number);
        }
    }

    private @Nullable AmqpChannel channelFor(int number) {
        if (state == State.CLOSING) {
            return null;
        }
        AmqpChannel channel = channels.get(number);
        if (channel == null) {
            throw new AmqpException(
                    number == 0 ? ReplyCode.UNEXPECTED_FRAME : ReplyCode.CHANNEL_ERROR,
                    "content on channel " + number + " that is not open");
        }
        return channel;
    }

    @Override
    public void onHeartbeat(int channel) {
        if (channel != 0) {
            fail(new AmqpException(ReplyCode.UNEXPECTED_FRAME, "heartbeat on a channel"), 0);
        }
    }

    // ---- ends

    /// Closes a channel or the connection, as the failure demands.
    void fail(AmqpException e, int number) {
        if (over() || state == State.CLOSING) {
            return;
        }
        AmqpChannel channel = channels.get(number);
        if (!e.isHard() && channel != null) {
            channel.close();
            out.method(number, 20, 40).shortInt(e.reply().code()).shortText(e.text());
            out.shortInt(e.classId()).shortInt(e.methodId()).end();
            settleOutput();
            return;
        }
        boolean known = state != State.GREETING;
        leave();
        if (known) {
            out.method(0, 10, 50).shortInt(e.reply().code()).shortText(e.text());
            out.shortInt(e.classId()).shortInt(e.methodId()).end();
            state = State.CLOSING;
            settleOutput();
        } else {
            end();
        }
    }

    /// The server ends the connection, telling why.
    public void shutdown(String why) {
        fail(new AmqpException(ReplyCode.CONNECTION_FORCED, why), 0);
    }

    /// Who has logged in, or null.
    @Nullable String loggedIn() {
        return user == null ? null : user.name();
    }

    /// Does something when the work at hand is done.
    void soon(Runnable task) {
        wire.later(task, 0);
    }

    void forget(AmqpChannel channel) {
        channels.remove(channel.number());
    }

    /// Gives back everything the connection held.
    private void leave() {
        left = broker.tickMillis();
        for (AmqpChannel channel : List.copyOf(channels.values())) {
            channel.close();
        }
        channels.clear();
        speaking.clear();
        VirtualHost open = host;
        if (ownsQueues && open != null) {
            for (QueueEntry queue : List.copyOf(open.queues())) {
                if (queue.owner() == id) {
                    broker.offer(
                            queue.shard(),
                            new QueueCommand.Delete(null, 0, queue.id(), false, false));
                    broker.offer(
                            0, new CatalogCommand.RemoveQueue((token, reply) -> {}, 0, queue.id()));
                }
            }
            ownsQueues = false;
        }
        if (open != null && user != null && present) {
            present = false;
            broker.attendance().leave(user.name(), open.name());
        }
    }

    void channelClosed() {
        if (user != null) {
            broker.attendance().closeChannel(user.name());
        }
    }

    private void end() {
        if (state != State.CLOSED) {
            leave();
            state = State.CLOSED;
            wire.flushSoon();
            wire.close();
        }
    }

    /// The socket is gone.
    public void onDisconnected() {
        if (state != State.CLOSED) {
            leave();
            state = State.CLOSED;
        }
        broker.metrics().connections(-1);
        broker.connections().remove(this);
        out.clear();
    }

    public boolean open() {
        return state == State.OPEN;
    }

    /// The connection as it stands now.
    public ConnectionView view() {
        List<ConnectionView.Channel> views = new ArrayList<>();
        channels.values().forEach(channel -> views.add(channel.view()));
        return new ConnectionView(
                id,
                wire.peer(),
                user == null ? "" : user.name(),
                host == null ? "" : host.name(),
                state == State.OPEN ? "running" : state.name().toLowerCase(Locale.ROOT),
                publishing.isBlocked(),
                clientProperties,
                frameMax,
                channelMax,
                heartbeatMillis / 1000,
                broker.tickMillis() - since,
                views);
    }

    /// Whether it is the client that has to do something before the connection is open; not so
    /// while its login is checked.
    public boolean awaitsClient() {
        return state != State.CHECKING && state != State.OPEN;
    }

    ConnectionStatus status() {
        // The user may have been removed meanwhile.
        return new ConnectionStatus(
                id,
                user == null ? "" : user.name(),
                host().name(),
                wire.peer(),
                channels.size(),
                channelMax,
                frameMax,
                (int) (heartbeatMillis / 1000),
                clientProperties);
    }

    /// For people: who is connected from where.
    public String description() {
        return (user == null ? "(nobody)" : user.name()) + "@" + wire.peer();
    }

    static byte[] utf8(String text) {
        return ShortText.bytes(text);
    }
}
