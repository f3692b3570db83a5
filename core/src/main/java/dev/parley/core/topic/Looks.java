package dev.parley.core.topic;

import dev.parley.api.Subject;
import dev.parley.api.SubjectFilter;
import dev.parley.core.log.Log;
import dev.parley.core.shard.Decision;
import dev.parley.core.shard.Reader;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import org.jspecify.annotations.Nullable;

/// Answers who looks for retained messages, one after the other, a stretch at a time.
final class Looks {
    /// Topics looked at in one turn.
    private static final int BATCH = 4096;

    /// Bytes of messages in one answer, about.
    private static final int BYTES_MAX = 256 << 10;

    private static final int READ_AHEAD = 64 << 10;

    private final Topics topics;
    private final TopicHost host;
    private final Reader reader = new Reader();
    private final ArrayDeque<Look> looks = new ArrayDeque<>();

    private static final class Look {
        private final TopicCommand.Retained asked;
        private final SubjectFilter filter;
        private final String prefix;
        private final List<TopicMessage> found = new ArrayList<>();
        private @Nullable String at;
        private int bytes;

        Look(TopicCommand.Retained asked) {
            this.asked = asked;
            this.filter = new SubjectFilter(asked.filter());
            this.prefix = prefix(asked.filter());
            this.at = asked.after();
        }

        /// What every topic that matches begins with.
        private static String prefix(String filter) {
            int plus = filter.indexOf('+');
            int hash = filter.indexOf('#');
            if (plus < 0 && hash < 0) {
                return filter;
            }
            int end = plus < 0 ? hash : hash < 0 ? plus : Math.min(plus, hash);
            // `a/#` matches `a` as well.
            return filter.startsWith("/#", end - 1)
                    ? filter.substring(0, end - 1)
                    : filter.substring(0, end);
        }

        boolean full() {
            return found.size() >= asked.count() || bytes >= BYTES_MAX;
        }
    }

    Looks(Topics topics, TopicHost host) {
        this.topics = topics;
        this.host = host;
    }

    void add(TopicCommand.Retained asked) {
        looks.add(new Look(asked));
    }

    /// Returns whether there is more to do at once.
    boolean run(Decision decision) {
        Look look = looks.peek();
        if (look == null) {
            return false;
        }
        NavigableMap<String, Integer> all = topics.retained().of(look.asked.host());
        String at = look.at;
        NavigableMap<String, Integer> rest =
                at == null || at.compareTo(look.prefix) < 0
                        ? all.tailMap(look.prefix, true)
                        : all.tailMap(at, false);
        int looked = 0;
        for (Map.Entry<String, Integer> one : rest.entrySet()) {
            if (!one.getKey().startsWith(look.prefix)) {
                break;
            }
            if (look.full()) {
                return answer(look, look.at, decision);
            }
            if (looked++ == BATCH) {
                return true;
            }
            if (look.filter.matches(new Subject(one.getKey()))
                    && !take(look, one.getKey(), one.getValue(), decision)) {
                return false;
            }
            look.at = one.getKey();
        }
        return answer(look, null, decision);
    }

    /// False when the message must be read first.
    private boolean take(Look look, String topic, int body, Decision decision) {
        long expiry = topics.bodies().expiry(body);
        if (expiry != 0 && expiry <= decision.now()) {
            return true;
        }
        long position = topics.bodies().position(body);
        int size = topics.bodies().size(body) + 4096;
        ByteBuffer payload = reader.get(decision, position, size, READ_AHEAD);
        if (payload == null) {
            if (!reader.damaged(position)) {
                return false;
            }
            host.onDamaged(topic, position);
            return true;
        }
        look.found.add(Stored.read(payload, Records.messageStart(payload)).detached());
        look.bytes += topics.bodies().size(body);
        return true;
    }

    private boolean answer(Look look, @Nullable String next, Decision decision) {
        looks.remove();
        reader.rest();
        TopicReply reply = new TopicReply.Retained(look.found, next);
        TopicCommand.Retained asked = look.asked;
        decision.promise(() -> asked.client().onReply(asked.token(), reply));
        return !looks.isEmpty();
    }

    /// Returns whether this was waited for.
    boolean onRead(long position, Log.@Nullable Block block) {
        return reader.onRead(position, block);
    }
}
