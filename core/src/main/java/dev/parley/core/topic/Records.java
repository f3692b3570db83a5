package dev.parley.core.topic;

import dev.parley.core.message.ShortText;
import dev.parley.core.shard.Decision;
import dev.parley.core.shard.Pattern;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The records of the topic machine: their types and how they are laid out. All numbers big-endian;
/// a text is its length (2 bytes) and its UTF-8 bytes.
///
/// | type | holds |
/// | --- | --- |
/// | OPEN | session, host, client id, expiry, the will if there is one: a client holds the session, which may be new |
/// | CLOSE | session, expiry, up to which entry it was tried, when it ends, when its will is due |
/// | END | session |
/// | SUBSCRIBE | session, filter, options, identifier |
/// | UNSUBSCRIBE | session, filter |
/// | PUBLISH | where the message begins, flags, host, what the flags announce, terms, targets (session, number, terms), moves, message |
/// | SETTLE | for each: session, number, what became of it; not written any more |
/// | RELEASE | session, packet id of its publish |
/// | ATTEMPT | session, number below which deliveries may happen |
/// | HANDOVER | session, number, shard, number or move there, session there, terms |
/// | MOVED | shard, move |
/// | RELOCATE | where the message begins, where it lay before, message |
/// | FORGET | host, topic: its retained message expired |
/// | DROP | host: it is gone, with all that is in it |
/// | SETTLE_RUN | for each: session, first number, how many, what became of them |
final class Records {
    static final int OPEN = Pattern.TOPIC.firstType();
    static final int CLOSE = OPEN + 1;
    static final int END = OPEN + 2;
    static final int SUBSCRIBE = OPEN + 3;
    static final int UNSUBSCRIBE = OPEN + 4;
    static final int PUBLISH = OPEN + 5;
    static final int SETTLE = OPEN + 6;
    static final int RELEASE = OPEN + 7;
    static final int ATTEMPT = OPEN + 8;
    static final int HANDOVER = OPEN + 9;
    static final int MOVED = OPEN + 10;
    static final int RELOCATE = OPEN + 11;
    static final int FORGET = OPEN + 12;
    static final int DROP = OPEN + 13;
    static final int SETTLE_RUN = OPEN + 14;

    // What a PUBLISH record's flags say.
    static final int FROM_CLIENT = 1;
    static final int WILL = 2;
    static final int MOVED_HERE = 4;
    static final int KEEP = 8;

    // What an OPEN has.
    private static final byte HAS_WILL = 1;
    private static final byte HAS_OWNER = 2;
    private static final byte WILL_ENDS = 4;

    // What SETTLE and SETTLE_RUN say of an entry.
    static final byte DONE = 0;
    static final byte RECEIVED = 1;

    /// What a message takes in the log besides its record's payload, about.
    static final int OVERHEAD = 16;

    private Records() {}

    /// What another shard gets of a message.
    record Move(int shard, long move, boolean keep, List<Target> targets) {}

    /// All that a PUBLISH record says besides the message and its places.
    record Publication(
            String host,
            TopicCommand.@Nullable Origin origin,
            long willOf,
            int from,
            long move,
            boolean keep,
            List<Move> moves) {}

    static void open(Decision decision, Session session, long expirySeconds, @Nullable Will will) {
        byte[] encoded =
                encodeOpen(session.id(), session.name(), expirySeconds, will, session.owner());
        decision.append(OPEN, encoded.length).put(encoded);
        decision.apply();
    }

    /// What begins a session, or says who has it from now on.
    record Opening(
            long session,
            Session.Name name,
            long expirySeconds,
            @Nullable Will will,
            @Nullable String owner) {}

    static byte[] encodeOpen(
            long session,
            Session.Name name,
            long expirySeconds,
            @Nullable Will will,
            @Nullable String owner) {
        byte[] host = ShortText.bytes(name.host());
        byte[] client = ShortText.bytes(name.clientId());
        byte[] user = owner == null ? new byte[0] : ShortText.bytes(owner);
        int texts = 2 + host.length + 2 + client.length + (owner == null ? 0 : 2 + user.length);
        ByteBuffer out = ByteBuffer.allocate(8 + texts + 8 + willSize(will));
        out.putLong(session);
        putText(out, host);
        putText(out, client);
        out.putLong(expirySeconds);
        int flags = out.position();
        putWill(out, will);
        if (owner != null) {
            out.put(flags, (byte) (out.get(flags) | HAS_OWNER));
            putText(out, user);
        }
        return out.array();
    }

    static Opening readOpen(ByteBuffer in) {
        long session = in.getLong();
        Session.Name name = new Session.Name(text(in), text(in));
        long expirySeconds = in.getLong();
        boolean owned = (in.get(in.position()) & HAS_OWNER) != 0;
        Will will = readWill(in);
        return new Opening(session, name, expirySeconds, will, owned ? text(in) : null);
    }

    static int willSize(@Nullable Will will) {
        if (will == null) {
            return 1;
        }
        byte[] topic = ShortText.bytes(will.message().topic());
        int life = will.lifeMillis() == 0 ? 0 : 8;
        return 1 + 1 + 8 + life + 4 + Stored.size(will.message(), topic);
    }

    static void putWill(ByteBuffer out, @Nullable Will will) {
        if (will == null) {
            out.put((byte) 0);
            return;
        }
        byte[] topic = ShortText.bytes(will.message().topic());
        boolean ends = will.lifeMillis() != 0;
        out.put(ends ? HAS_WILL | WILL_ENDS : HAS_WILL);
        out.put((byte) (will.retain() ? 1 : 0)).putLong(will.delaySeconds());
        if (ends) {
            out.putLong(will.lifeMillis());
        }
        out.putInt(Stored.size(will.message(), topic));
        Stored.put(out, will.message(), topic);
    }

    static @Nullable Will readWill(ByteBuffer in) {
        int flags = in.get();
        if ((flags & HAS_WILL) == 0) {
            return null;
        }
        boolean retain = in.get() != 0;
        long delay = in.getLong();
        long life = (flags & WILL_ENDS) == 0 ? 0 : in.getLong();
        byte[] message = new byte[length(in, in.getInt())];
        in.get(message);
        return new Will(Stored.read(ByteBuffer.wrap(message), 0), retain, delay, life);
    }

    static void subscribe(Decision decision, long session, Subscription subscription) {
        ByteBuffer out = decision.append(SUBSCRIBE, 8 + subscriptionSize(subscription));
        putSubscription(out.putLong(session), subscription);
        decision.apply();
    }

    static int subscriptionSize(Subscription subscription) {
        return 2 + ShortText.bytes(subscription.filter()).length + 1 + 4;
    }

    static void putSubscription(ByteBuffer out, Subscription subscription) {
        putText(out, ShortText.bytes(subscription.filter()));
        int options =
                subscription.qos()
                        | (subscription.noLocal() ? 4 : 0)
                        | (subscription.retainAsPublished() ? 8 : 0);
        out.put((byte) options).putInt(subscription.id());
    }

    static Subscription readSubscription(ByteBuffer in) {
        String filter = text(in);
        int options = in.get();
        return new Subscription(
                filter, options & 3, (options & 4) != 0, (options & 8) != 0, in.getInt());
    }

    static void unsubscribe(Decision decision, long session, String filter) {
        byte[] text = ShortText.bytes(filter);
        ByteBuffer out = decision.append(UNSUBSCRIBE, 8 + 2 + text.length);
        putText(out.putLong(session), text);
        decision.apply();
    }

    // ---- PUBLISH, which PublishWriter writes

    static int termsSize(Terms terms) {
        int ids = 4 * terms.ids().size();
        return 1 + 2 + ids + 2 + (terms.shared() ? ShortText.bytes(terms.group()).length : 0);
    }

    static void putTerms(ByteBuffer out, Terms terms) {
        out.put((byte) (terms.qos() | (terms.retain() ? 4 : 0)));
        if (terms.isPlain()) {
            out.putInt(0);
            return;
        }
        out.putShort((short) terms.ids().size());
        terms.ids().forEach(out::putInt);
        putText(out, ShortText.bytes(terms.group()));
    }

    static Terms readTerms(ByteBuffer in) {
        int how = in.get();
        if (in.getInt(in.position()) == 0) {
            in.getInt();
            return Terms.of(how & 3, (how & 4) != 0, List.of(), "");
        }
        List<Integer> ids = new ArrayList<>();
        for (int n = Short.toUnsignedInt(in.getShort()); n > 0; n--) {
            ids.add(in.getInt());
        }
        return new Terms(how & 3, (how & 4) != 0, ids, text(in));
    }

    /// Where the message begins in the payload of a PUBLISH or RELOCATE record.
    static int messageStart(ByteBuffer payload) {
        int start = payload.position() + payload.getInt(payload.position());
        if (start < payload.position() + 4 || start > payload.limit() - Stored.TOPIC - 4) {
            throw new IllegalStateException("no message at " + start + " of a topic record");
        }
        return start;
    }

    // ---- others

    /// A message that leaves a session for another member of its group.
    ///
    /// @param at the number it gets in that session, or the move if that is on another shard
    record Handover(long from, long number, int shard, long at, long to, Terms terms) {}

    static void handover(Decision decision, Handover what) {
        ByteBuffer out = decision.append(HANDOVER, 8 + 8 + 2 + 8 + 8 + termsSize(what.terms()));
        out.putLong(what.from()).putLong(what.number());
        out.putShort((short) what.shard()).putLong(what.at()).putLong(what.to());
        putTerms(out, what.terms());
        decision.apply();
    }

    static Handover readHandover(ByteBuffer in) {
        return new Handover(
                in.getLong(),
                in.getLong(),
                Short.toUnsignedInt(in.getShort()),
                in.getLong(),
                in.getLong(),
                readTerms(in));
    }

    static void putText(ByteBuffer out, byte[] text) {
        out.putShort((short) text.length).put(text);
    }

    static String text(ByteBuffer in) {
        byte[] bytes = new byte[length(in, Short.toUnsignedInt(in.getShort()))];
        in.get(bytes);
        return ShortText.decoded(bytes);
    }

    static void skipText(ByteBuffer in) {
        int length = length(in, Short.toUnsignedInt(in.getShort()));
        in.position(in.position() + length);
    }

    private static int length(ByteBuffer in, int length) {
        if (length < 0 || length > in.remaining()) {
            throw new IllegalStateException(length + " bytes in a topic record that has fewer");
        }
        return length;
    }
}
