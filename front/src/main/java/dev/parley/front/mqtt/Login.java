package dev.parley.front.mqtt;

import dev.parley.api.Reason;
import dev.parley.core.catalog.User;
import dev.parley.core.catalog.VirtualHost;
import dev.parley.core.topic.QuietClient;
import dev.parley.core.topic.TopicCommand;
import dev.parley.core.topic.TopicMessage;
import dev.parley.core.topic.TopicReply;
import dev.parley.front.mqtt.ClientPacket.Authenticate;
import dev.parley.front.mqtt.ClientPacket.Connect;
import dev.parley.front.mqtt.MqttMetrics.Count;
import dev.parley.front.pace.Slow;
import java.nio.ByteBuffer;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What happens between a CONNECT and its answer: who the client is, where it belongs, and which
/// session it gets.
final class Login {
    /// UTF-8 bytes of the client identifier of a session that stays: a longer one is refused.
    private static final int CLIENT_ID_MAX = 255;

    /// The one method of enhanced authentication.
    private static final String SCRAM = "SCRAM-SHA-256";

    private final MqttConnection connection;
    private final MqttBroker broker;
    private final Connect hello;
    private MqttBroker.@Nullable Handshake exchange;

    /// The node's own proof where the client has shown one.
    private byte @Nullable [] proof;

    Login(MqttConnection connection, Connect hello) {
        this.connection = connection;
        this.broker = connection.broker();
        this.hello = hello;
    }

    void begin() {
        String method = hello.authenticationMethod();
        if (method != null && !method.equals(SCRAM)) {
            refuse(ReasonCode.BAD_AUTHENTICATION_METHOD, "this method is not known here");
            return;
        }
        String slow = hello.slow();
        if (slow != null && Slow.of(slow) == null) {
            refuse(ReasonCode.IMPLEMENTATION_SPECIFIC_ERROR, "x-slow: " + Slow.refusal(slow));
            return;
        }
        String clientId = hello.clientId();
        if (clientId.isEmpty() && !hello.cleanStart() && !hello.version().isFive()) {
            refuse(
                    ReasonCode.CLIENT_IDENTIFIER_NOT_VALID,
                    "a session that stays needs a client identifier");
            return;
        }
        String named = hello.user();
        if (method != null) {
            challenge();
        } else if (named == null) {
            identify("/", null);
        } else {
            identify(host(named), named.substring(named.lastIndexOf(':') + 1));
        }
    }

    private static String host(String named) {
        int colon = named.lastIndexOf(':');
        return colon < 0 ? "/" : named.substring(0, colon);
    }

    // ---- enhanced authentication (4.12)

    private void challenge() {
        MqttBroker.Handshake begun = broker.scram(connection.wire().address());
        exchange = begun;
        begun.begin(
                bytes(hello.authenticationData()),
                challenge -> {
                    if (!connection.loggingIn()) {
                        return;
                    }
                    if (challenge == null) {
                        refuse(ReasonCode.NOT_AUTHORIZED, "wrong user or password");
                    } else {
                        connection.challenge(this, challenge);
                    }
                });
    }

    /// What the client says to its challenge.
    void onAuthenticate(Authenticate packet) {
        MqttBroker.Handshake begun = exchange;
        if (begun == null
                || packet.reason() != ReasonCode.CONTINUE_AUTHENTICATION.code()
                || !SCRAM.equals(packet.method())) {
            refuse(ReasonCode.PROTOCOL_ERROR, "an AUTH that does not go on with the last");
            return;
        }
        exchange = null;
        MqttBroker.Admission admission = begun.prove(bytes(packet.data()));
        if (admission == null) {
            refuse(ReasonCode.NOT_AUTHORIZED, "wrong user or password");
            return;
        }
        proof = admission.proof();
        onUser(host(admission.name()), admission.user());
    }

    private static byte[] bytes(@Nullable ByteBuffer data) {
        byte[] bytes = new byte[data == null ? 0 : data.remaining()];
        if (data != null) {
            data.get(data.position(), bytes);
        }
        return bytes;
    }

    /// An AUTH.
    static PacketWriter.Body auth(ReasonCode reason, byte[] data) {
        return new PacketWriter.Body().octet(reason.code()).properties(properties(data));
    }

    private static PacketWriter.Body properties(byte[] data) {
        return new PacketWriter.Body()
                .property(Property.AUTHENTICATION_METHOD, SCRAM)
                .octet(Property.AUTHENTICATION_DATA.id())
                .binary(ByteBuffer.wrap(data));
    }

    /// A client that is logged in shows once more who it is (4.12.1).
    static final class Renewal {
        private final MqttConnection connection;
        private final MqttBroker.Handshake exchange;
        private boolean challenged;

        Renewal(MqttConnection connection) {
            this.connection = connection;
            this.exchange = connection.broker().scram(connection.wire().address());
        }

        /// Returns whether it is over.
        boolean onAuthenticate(Authenticate packet) {
            boolean begins = packet.reason() == ReasonCode.REAUTHENTICATE.code();
            boolean goesOn = packet.reason() == ReasonCode.CONTINUE_AUTHENTICATION.code();
            if (!SCRAM.equals(packet.method()) || (challenged ? !goesOn : !begins)) {
                throw MqttException.protocol("an AUTH that does not go on with the last");
            }
            if (challenged) {
                prove(packet);
                return true;
            }
            challenged = true;
            exchange.begin(
                    bytes(packet.data()),
                    challenge -> {
                        if (challenge == null) {
                            refuse();
                        } else {
                            connection.sayAuth(ReasonCode.CONTINUE_AUTHENTICATION, challenge);
                        }
                    });
            return false;
        }

        /// Somebody else is no better than nobody.
        private void prove(Authenticate packet) {
            MqttBroker.Admission admission = exchange.prove(bytes(packet.data()));
            if (admission == null || !admission.user().name().equals(connection.access().user())) {
                refuse();
            } else {
                connection.sayAuth(ReasonCode.SUCCESS, admission.proof());
            }
        }

        private void refuse() {
            connection.disconnect(ReasonCode.NOT_AUTHORIZED, "wrong user or password", true);
        }
    }

    // ---- who it is

    private void identify(String host, @Nullable String user) {
        MqttConnection.Wire wire = connection.wire();
        String password = hello.password();
        if (user == null && password == null && wire.certificateName() != null) {
            onUser(host, broker.certified(wire.address(), wire.certificateName()));
        } else if (user == null || (user.isEmpty() && password == null)) {
            String anonymous = broker.mqtt().anonymousUser();
            if (anonymous.isEmpty()) {
                refuse(ReasonCode.NOT_AUTHORIZED, "a user name is needed");
                return;
            }
            broker.authenticate(
                    wire.address(),
                    anonymous,
                    MqttConfig.ANONYMOUS_PASSWORD,
                    found -> onUser(host, found));
        } else {
            broker.authenticate(
                    wire.address(),
                    user,
                    password == null ? "" : password,
                    found -> onUser(host, found));
        }
    }

    private void onUser(String hostName, @Nullable User user) {
        if (!connection.loggingIn()) {
            return;
        }
        if (user == null || broker.catalog().user(user.name()) == null) {
            // He may have gone while his password was looked at.
            refuse(ReasonCode.BAD_USER_NAME_OR_PASSWORD, "wrong user name or password");
            return;
        }
        VirtualHost host = broker.catalog().host(hostName);
        if (host == null || user.in(hostName) == null) {
            refuse(ReasonCode.NOT_AUTHORIZED, "no access to virtual host '" + hostName + "'");
            return;
        }
        Access access = new Access(broker, user, host);
        ClientPacket.Will will = hello.will();
        if (will != null && !access.mayPublish(will.topic())) {
            refuse(ReasonCode.NOT_AUTHORIZED, "the will may not be published");
            return;
        }
        String assigned = hello.clientId().isEmpty() ? chosen() : null;
        String clientId = assigned == null ? hello.clientId() : assigned;
        MqttConnection there = broker.topics().connection(hostName, clientId);
        if (there != null && !access.user().equals(there.user())) {
            refuse(ReasonCode.NOT_AUTHORIZED, "another user is here as this client");
            return;
        }
        long expiry = Math.min(hello.sessionExpiry(), broker.mqtt().sessionExpiryMaxSeconds());
        boolean passing = expiry == 0 && (hello.cleanStart() || assigned != null);
        if (!passing && Utf8.bytes(clientId).length > CLIENT_ID_MAX) {
            refuse(ReasonCode.CLIENT_IDENTIFIER_NOT_VALID, "the client identifier is too long");
            return;
        }
        String full = there == null ? broker.admit(user, host) : null;
        if (there != null) {
            // Its place among its user's connections is this one's, also where there are too many.
            there.disconnect(
                    ReasonCode.SESSION_TAKEN_OVER, "the client has another connection", true);
            broker.succeed(user, host);
        }
        if (full != null) {
            broker.mqttMetrics().count(Count.TURNED_AWAY);
            refuse(ReasonCode.QUOTA_EXCEEDED, full);
            return;
        }
        connection.admit(access, clientId);
        if (passing) {
            live(access, clientId, assigned);
        } else {
            attach(access, clientId, assigned, expiry);
        }
    }

    private void attach(Access access, String clientId, @Nullable String assigned, long expiry) {
        Attaching attaching = new Attaching(access, clientId, assigned, expiry);
        broker.offer(
                broker.topics().shardOf(access.host(), clientId),
                new TopicCommand.Attach(
                        attaching.session,
                        DurableSession.ATTACH,
                        access.host(),
                        clientId,
                        hello.cleanStart(),
                        expiry,
                        window(broker.mqtt()),
                        will(),
                        access.user()));
    }

    /// A login that waits for its session.
    private final class Attaching {
        private final Access access;
        private final String clientId;
        private final @Nullable String assigned;
        private final long expiry;
        private final DurableSession session;

        Attaching(Access access, String clientId, @Nullable String assigned, long expiry) {
            this.access = access;
            this.clientId = clientId;
            this.assigned = assigned;
            this.expiry = expiry;
            this.session =
                    new DurableSession(
                            connection,
                            access.host(),
                            clientId,
                            window(broker.mqtt()),
                            this::onReply);
        }

        private void onReply(TopicReply reply) {
            switch (reply) {
                case TopicReply.Attached attached -> onAttached(attached);
                case TopicReply.Refused(Reason reason) -> {
                    if (reason instanceof Reason.Full) {
                        broker.mqttMetrics().count(Count.SESSIONS_REFUSED);
                    }
                    refuse(ReasonCode.of(reason), reason.detail());
                }
                default -> throw new IllegalStateException("no answer to a login: " + reply);
            }
        }

        private void onAttached(TopicReply.Attached attached) {
            session.onAttached(attached);
            if (!connection.loggingIn()) {
                session.onEnd(false, -1);
                return;
            }
            // Another user began it, or this one may do less by now: what waits is not for him.
            if (attached.subscriptions().stream().anyMatch(one -> !session.mayKeep(access, one))) {
                session.onEnd(false, -1);
                refuse(ReasonCode.NOT_AUTHORIZED, "the session has more than the user may read");
                return;
            }
            MqttConfig config = broker.mqtt();
            int keepAlive = keepAlive(config);
            connection.open(
                    opened(clientId, access, keepAlive, session),
                    Connack.accept(
                            config, hello, attached.present(), expiry, keepAlive, assigned, proof));
            session.onOpen(attached);
        }
    }

    private dev.parley.core.topic.@Nullable Will will() {
        ClientPacket.Will will = hello.will();
        if (will == null) {
            return null;
        }
        Publication message = Publication.of(will, broker.wallMillis());
        return new dev.parley.core.topic.Will(
                new TopicMessage(
                        will.topic(), will.qos(), 0, message.properties(), message.payload()),
                will.retain(),
                will.properties().delaySeconds(),
                lifeMillis(will.properties().expirySeconds()));
    }

    /// The time of a will begins when it is published (3.1.3.2.4).
    private static long lifeMillis(long expirySeconds) {
        return expirySeconds < 0 ? 0 : Math.max(1, expirySeconds * 1_000);
    }

    /// A session that stays ends first, if it is this user's.
    private void live(Access access, String clientId, @Nullable String assigned) {
        if (assigned != null || Utf8.bytes(clientId).length > CLIENT_ID_MAX) {
            begin(access, clientId, assigned);
            return;
        }
        QuietClient asker =
                new QuietClient() {
                    @Override
                    public void onReply(long token, TopicReply reply) {
                        if (!connection.loggingIn()) {
                            return;
                        }
                        if (reply instanceof TopicReply.Refused(Reason.Denied denied)) {
                            refuse(ReasonCode.NOT_AUTHORIZED, denied.detail());
                        } else {
                            begin(access, clientId, null);
                        }
                    }
                };
        broker.offer(
                broker.topics().shardOf(access.host(), clientId),
                new TopicCommand.Discard(asker, 1, access.host(), clientId, access.user()));
    }

    private void begin(Access access, String clientId, @Nullable String assigned) {
        MqttConfig config = broker.mqtt();
        int keepAlive = keepAlive(config);
        LiveSession session = new LiveSession(connection, hello.will(), window(config));
        connection.open(
                opened(clientId, access, keepAlive, session),
                Connack.accept(config, hello, false, 0, keepAlive, assigned, proof));
    }

    private String chosen() {
        return "auto-" + UUID.nameUUIDFromBytes(Utf8.bytes(broker.randomName()));
    }

    private int keepAlive(MqttConfig config) {
        int most = config.keepAliveMaxSeconds();
        int asked = hello.keepAliveSeconds();
        boolean bounded = hello.version().isFive() && most > 0 && (asked == 0 || asked > most);
        return bounded ? most : asked;
    }

    private int window(MqttConfig config) {
        int most = Math.min(config.inflightMax(), LiveOutbox.IDS);
        return hello.receiveMaximum() == 0 ? most : Math.min(hello.receiveMaximum(), most);
    }

    private MqttConnection.Opened opened(
            String clientId, Access access, int keepAlive, MqttSession session) {
        return new MqttConnection.Opened(
                hello,
                clientId,
                access,
                keepAlive * 1_000L,
                new Aliases(
                        broker.mqtt().aliasMax(), Math.min(hello.aliasMax(), Aliases.OUTGOING_MAX)),
                new PacketDecoder(hello.version(), hello.bridge()),
                session,
                new Qos0Output(connection, slow()));
    }

    private Slow slow() {
        String word = hello.slow();
        Slow said = word == null ? null : Slow.of(word);
        return said == null ? broker.mqtt().slow().policy() : said;
    }

    private void refuse(ReasonCode reason, String text) {
        String cut = MqttException.cut(text);
        boolean fits = Utf8.bytes(cut).length + 16 <= hello.packetMax();
        connection.refuse(hello.version(), reason, hello.wantsReasons() && fits ? cut : null);
    }
}
