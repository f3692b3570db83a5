package dev.parley.front.mqtt;

import dev.parley.api.Subject;
import dev.parley.front.pace.Slow;

/// How MQTT connections behave, and their bounds.
///
/// @param packetBytesMax largest packet from a client
/// @param receiveMax QoS 1 and 2 messages of one client that wait for an answer
/// @param inflightMax the same in the other direction, where the client sets no lower one
/// @param aliasMax topic aliases that a client may set
/// @param keepAliveMaxSeconds clients of MQTT 5 that want a longer one, or none, are given this; 0:
///   no bound
/// @param sessionExpiryMaxSeconds a longer expiry is cut to this
/// @param queuedMessagesMax messages that wait for one session in memory or on disk
/// @param queuedBytesMax bytes that wait for a session in memory
/// @param filtersMax subscriptions of one session
/// @param levelsMax levels of a topic or filter
/// @param handshakeMillis time to log in
/// @param outputBytesMax bytes gathered for a client at which it gets no more messages
/// @param reasonStrings whether clients that want it are told in words what was wrong
/// @param anonymousUser who clients without a user name are, with the password `guest`; empty: they
///   are refused
/// @param systemTopicsOpen whether users without the tag `administrator` or `monitoring` may read
///   `$SYS/…` too
/// @param slow what becomes of messages of QoS 0 for clients that do not read
/// @param rates what becomes of clients that send much
/// @param kept how much stays on the node for them
public record MqttConfig(
        int packetBytesMax,
        int receiveMax,
        int inflightMax,
        int aliasMax,
        int keepAliveMaxSeconds,
        long sessionExpiryMaxSeconds,
        int queuedMessagesMax,
        long queuedBytesMax,
        int filtersMax,
        int levelsMax,
        long handshakeMillis,
        int outputBytesMax,
        boolean reasonStrings,
        String anonymousUser,
        boolean systemTopicsOpen,
        SlowReaders slow,
        Rates rates,
        Kept kept) {
    /// What clients without a user name log in with.
    public static final String ANONYMOUS_PASSWORD = "guest";

    /// How much a client may send in a second, 0: as much as it likes.
    ///
    /// @param packets acknowledgements do not count
    /// @param bytes of these packets
    public record Rates(int packets, long bytes) {
        static final Rates NONE = new Rates(0, 0);

        boolean any() {
            return packets > 0 || bytes > 0;
        }
    }

    /// What the node keeps for clients that are away or have yet to come, and holds an index of in
    /// memory; shared out over the node's shards.
    ///
    /// @param sessionsMax sessions that outlive their connection
    /// @param retainedMax topics with a retained message
    public record Kept(int sessionsMax, int retainedMax) {
        public static final Kept DEFAULT = new Kept(100_000, 1_000_000);
    }

    /// Clients that get messages of QoS 0 and do not keep up.
    ///
    /// @param policy for those that do not say what they would rather miss
    /// @param messagesMax messages that wait for one that would rather miss old ones
    /// @param bytesMax bytes of them
    /// @param patienceMillis time without reading after which one that wants to go goes
    public record SlowReaders(Slow policy, int messagesMax, int bytesMax, long patienceMillis) {
        public static final SlowReaders DEFAULT =
                new SlowReaders(Slow.DROP_NEW, 1_000, 1 << 20, 30_000);
    }

    public static final MqttConfig DEFAULT =
            new MqttConfig(
                    16 << 20,
                    1_024,
                    1_024,
                    64,
                    0,
                    0xFFFF_FFFFL,
                    100_000,
                    64L << 20,
                    10_000,
                    Subject.LEVELS,
                    10_000,
                    512 << 10,
                    true,
                    "guest",
                    false,
                    SlowReaders.DEFAULT,
                    Rates.NONE,
                    Kept.DEFAULT);
}
