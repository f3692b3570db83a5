package dev.parley.core.stream;

import dev.parley.core.message.ShortText;
import dev.parley.core.shard.Decision;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Takes messages into streams and tells publishers what is durable.
final class Intake {
    /// Streams that one record puts a message into; of more, each record has its own copy.
    private static final int PLACES_MAX = 10_000;

    private final Streams streams;
    private final Consumer<Stream> touched;
    private final List<Acceptance> acceptances = new ArrayList<>();
    private final List<Stream> targets = new ArrayList<>();
    private @Nullable Acceptance newest;
    private long publishes;

    Intake(Streams streams, Consumer<Stream> touched) {
        this.streams = streams;
        this.touched = touched;
    }

    /// A promise to a publisher, for a run of its tokens.
    private static final class Acceptance {
        private final StreamClient client;
        private final long from;
        private long to;

        Acceptance(StreamClient client, long token) {
            this.client = client;
            this.from = token;
            this.to = token;
        }

        void keep() {
            client.onAccepted(from, to);
        }
    }

    void publish(StreamCommand.Publish publish, Decision decision) {
        put(publish.streams(), publish.message(), 0, 0, decision);
        long token = publish.token();
        if (token == 0) {
            return;
        }
        StreamClient client = publish.client();
        Acceptance last = newest;
        if (last != null && last.client == client && last.to + 1 == token) {
            last.to = token;
            return;
        }
        Acceptance acceptance = new Acceptance(client, token);
        acceptances.add(acceptance);
        newest = acceptance;
    }

    /// Takes a message that another shard moves here, once.
    void accept(StreamCommand.Accept accept, Decision decision) {
        if (accept.move() == 0 || accept.move() > streams.acceptedFrom(accept.from())) {
            put(accept.streams(), accept.message(), accept.from(), accept.move(), decision);
        }
    }

    private void put(
            List<Long> ids, StreamMessage message, int from, long move, Decision decision) {
        targets.clear();
        publishes++;
        for (int i = 0; i < ids.size(); i++) {
            Stream stream = streams.get(ids.get(i));
            // Named twice, it gets the message once.
            if (stream != null && stream.publish != publishes) {
                stream.publish = publishes;
                targets.add(stream);
            }
        }
        // The last record has the move, so that all of them are behind it.
        int begin = 0;
        while (targets.size() - begin > PLACES_MAX) {
            append(begin, begin + PLACES_MAX, message, from, 0, decision);
            begin += PLACES_MAX;
        }
        if (begin < targets.size()) {
            append(begin, targets.size(), message, from, move, decision);
        }
    }

    private void append(
            int begin, int end, StreamMessage message, int from, long move, Decision decision) {
        byte[] exchange = ShortText.bytes(message.exchange());
        byte[] subject = ShortText.bytes(message.subject());
        int head = Records.PUBLISH_HEAD + (end - begin) * 16;
        int size = head + Records.messageSize(exchange, subject, message);
        ByteBuffer out = decision.append(Records.PUBLISH, size);
        out.putInt(head).putInt(from).putLong(move).putInt(end - begin);
        for (int i = begin; i < end; i++) {
            out.putLong(targets.get(i).id()).putLong(targets.get(i).next());
        }
        // Nothing comes before what has come, whatever the clock says.
        long millis = Math.max(decision.now(), streams.lastMillis());
        Records.putMessage(out, millis, exchange, subject, message);
        decision.apply();
        for (int i = begin; i < end; i++) {
            targets.get(i).published++;
            touched.accept(targets.get(i));
        }
    }

    /// Promises what this turn has taken.
    void answer(Decision decision) {
        for (Acceptance acceptance : acceptances) {
            decision.promise(acceptance::keep);
        }
        acceptances.clear();
        newest = null;
    }
}
