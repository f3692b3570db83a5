package dev.parley.core.topic;

import dev.parley.core.message.ShortText;
import dev.parley.core.shard.Decision;
import dev.parley.core.topic.Records.Move;
import dev.parley.core.topic.Records.Publication;
import java.nio.ByteBuffer;
import java.util.List;

/// Writes PUBLISH records.
///
/// Who publishes to a topic mostly does so again: then the record is that of the message before,
/// but for the numbers that the message gets in its sessions, and the payload. So everything up to
/// the payload is kept, and copied as long as it fits.
final class PublishWriter {
    /// Of a message for more sessions nothing is kept.
    private static final int KEPT_PLACES = 256;

    /// What one place takes: session, number, terms.
    private static final int PLACE = 8 + 8 + 2;

    private static final byte[] NOTHING = {};

    private final TermsTable terms = new TermsTable();
    private String host = "";
    private byte[] hostBytes = {};
    private String topic = "";
    private byte[] topicBytes = {};

    /// The record before, up to the payload; empty when it cannot be like another.
    private byte[] kept = NOTHING;

    private int keptQos;
    private int placesAt;
    private int placeCount;
    private final long[] sessions = new long[KEPT_PLACES];
    private final Terms[] how = new Terms[KEPT_PLACES];

    /// @param places where it goes on this shard
    /// @param first the first of them that this record names
    /// @param end the one behind the last
    void publish(
            Decision decision,
            Publication what,
            Places places,
            int first,
            int end,
            TopicMessage message) {
        boolean plain = isPlain(what, message) && end - first <= KEPT_PLACES;
        if (plain && isLike(what, places, first, end, message)) {
            again(decision, places, first, message);
            return;
        }
        // Whatever fails from here on, nothing is copied from a record of another topic.
        kept = NOTHING;
        learn(what.host(), message.topic());
        terms.clear();
        for (int i = first; i < end; i++) {
            terms.index(places.terms(i));
        }
        List<Move> moves = what.moves();
        int size = 4 + 1 + 2 + hostBytes.length + 2 + 4 + (end - first) * PLACE + 2;
        for (int i = 0; i < moves.size(); i++) {
            moves.get(i).targets().forEach(target -> terms.index(target.terms()));
            size += 2 + 8 + 1 + 4 + moves.get(i).targets().size() * 10;
        }
        for (int i = 0; i < terms.all().size(); i++) {
            size += Records.termsSize(terms.all().get(i));
        }
        size += what.origin() == null ? 0 : 10;
        size += what.willOf() == 0 ? 0 : 8;
        size += what.move() == 0 ? 0 : 10;
        ByteBuffer out = decision.append(Records.PUBLISH, size + Stored.size(message, topicBytes));
        int start = out.position();
        out.putInt(size);
        putHead(out, what);
        out.putInt(end - first);
        placesAt = out.position() - start;
        for (int i = first; i < end; i++) {
            out.putLong(places.session(i)).putLong(places.number(i));
            out.putShort((short) terms.index(places.terms(i)));
        }
        putMoves(out, moves);
        Stored.put(out, message, topicBytes);
        if (plain) {
            keep(out, start, places, first, end, message);
        }
        decision.apply();
    }

    private static boolean isPlain(Publication what, TopicMessage message) {
        return what.origin() == null
                && what.willOf() == 0
                && what.move() == 0
                && !what.keep()
                && what.moves().isEmpty()
                && message.expiryMillis() == 0
                && !message.properties().hasRemaining();
    }

    private boolean isLike(
            Publication what, Places places, int first, int end, TopicMessage message) {
        if (kept.length == 0
                || placeCount != end - first
                || keptQos != message.qos()
                || !topic.equals(message.topic())
                || !host.equals(what.host())) {
            return false;
        }
        for (int i = 0; i < placeCount; i++) {
            if (sessions[i] != places.session(first + i)
                    || !how[i].equals(places.terms(first + i))) {
                return false;
            }
        }
        return true;
    }

    private void again(Decision decision, Places places, int first, TopicMessage message) {
        ByteBuffer payload = message.payload();
        int bytes = payload.remaining();
        ByteBuffer out = decision.append(Records.PUBLISH, kept.length + bytes);
        int at = out.position() + placesAt + 8;
        out.put(kept);
        for (int i = 0; i < placeCount; i++) {
            out.putLong(at + i * PLACE, places.number(first + i));
        }
        out.put(out.position(), payload, payload.position(), bytes);
        out.position(out.position() + bytes);
        decision.apply();
    }

    private void keep(
            ByteBuffer out, int start, Places places, int first, int end, TopicMessage message) {
        int bytes = out.position() - start - message.payload().remaining();
        if (kept.length != bytes) {
            kept = new byte[bytes];
        }
        out.get(start, kept);
        keptQos = message.qos();
        placeCount = end - first;
        for (int i = 0; i < placeCount; i++) {
            sessions[i] = places.session(first + i);
            how[i] = places.terms(first + i);
        }
    }

    /// Names as bytes, which are mostly those of the last one.
    private void learn(String hostName, String topicName) {
        if (!host.equals(hostName)) {
            hostBytes = ShortText.bytes(hostName);
            host = hostName;
        }
        if (!topic.equals(topicName)) {
            topicBytes = ShortText.bytes(topicName);
            topic = topicName;
        }
    }

    private void putHead(ByteBuffer out, Publication what) {
        TopicCommand.Origin origin = what.origin();
        int flags =
                (origin == null ? 0 : Records.FROM_CLIENT)
                        | (what.willOf() == 0 ? 0 : Records.WILL)
                        | (what.move() == 0 ? 0 : Records.MOVED_HERE)
                        | (what.keep() ? Records.KEEP : 0);
        out.put((byte) flags);
        Records.putText(out, hostBytes);
        if (origin != null) {
            out.putLong(origin.session()).putShort((short) origin.packetId());
        }
        if (what.willOf() != 0) {
            out.putLong(what.willOf());
        }
        if (what.move() != 0) {
            out.putShort((short) what.from()).putLong(what.move());
        }
        List<Terms> all = terms.all();
        out.putShort((short) all.size());
        for (int i = 0; i < all.size(); i++) {
            Records.putTerms(out, all.get(i));
        }
    }

    private void putMoves(ByteBuffer out, List<Move> moves) {
        out.putShort((short) moves.size());
        for (int i = 0; i < moves.size(); i++) {
            Move move = moves.get(i);
            out.putShort((short) move.shard()).putLong(move.move());
            out.put((byte) (move.keep() ? 1 : 0)).putInt(move.targets().size());
            for (Target target : move.targets()) {
                out.putLong(target.session()).putShort((short) terms.index(target.terms()));
            }
        }
    }
}
