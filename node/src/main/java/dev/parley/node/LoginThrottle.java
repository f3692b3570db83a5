package dev.parley.node;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// How long an attempt to log in has to wait: the longer, the more have failed from its address or
/// for its user.
///
/// A few failures cost nothing. From then on the attempts of an address, and those for a user, get
/// slots that are ever further apart, so that trying many at once wins nothing; who would wait too
/// long is refused without a look at his password. Nobody is locked out for good: failures are
/// forgotten after a while, and who has come in from an address as a user goes on doing so at once,
/// whatever others try. Of IPv6 the network counts, since one host has as many addresses as it
/// likes.
///
/// On the event loop.
final class LoginThrottle {
    /// The answer for who would have to wait too long.
    static final long REFUSED = -1;

    /// Failures that cost nothing.
    static final int FREE = 5;

    static final long PAUSE_MILLIS_MIN = 250;

    /// The distance between slots grows to this.
    static final long PAUSE_MILLIS_MAX = 4_000;

    /// Longer than this nobody waits: a client has ten seconds to log in.
    static final long WAIT_MILLIS_MAX = 8_000;

    /// Failures are forgotten this long after the last one.
    static final long FORGET_MILLIS = 600_000;

    /// Addresses, users, and pairs of them that are known at a time; the eldest go.
    static final int KEYS_MAX = 10_000;

    private final LongSupplier millis;
    private final Map<String, Score> addresses = new Recent<>();
    private final Map<String, Score> users = new Recent<>();
    private final Map<String, Score> familiar = new Recent<>();

    /// @param millis milliseconds that only go forward
    LoginThrottle(LongSupplier millis) {
        this.millis = millis;
    }

    /// Failures, when the last was, and when the next attempt may be.
    private static final class Score {
        private int failures;
        private long last;
        private long next;

        long pause() {
            int doublings = Math.min(failures - FREE, 16);
            return failures < FREE
                    ? 0
                    : Math.min(PAUSE_MILLIS_MAX, PAUSE_MILLIS_MIN << Math.max(0, doublings));
        }
    }

    /// The most recently used entries.
    private static final class Recent<V> extends LinkedHashMap<String, V> {
        private static final long serialVersionUID = 1L;

        Recent() {
            super(16, 0.75f, true);
        }

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, V> eldest) {
            return size() > KEYS_MAX;
        }
    }

    /// Returns how long this attempt has to wait, and takes its slot; or [#REFUSED].
    long admit(@Nullable InetAddress address, String user) {
        String network = network(address);
        if (familiar.containsKey(pair(network, user))) {
            return 0;
        }
        long now = millis.getAsLong();
        Score from = score(addresses, network, now);
        Score as = score(users, user, now);
        long slot = Math.max(now, Math.max(slot(from), slot(as)));
        if (slot - now > WAIT_MILLIS_MAX) {
            return REFUSED;
        }
        take(from, slot);
        take(as, slot);
        return slot - now;
    }

    private static long slot(@Nullable Score score) {
        return score == null || score.failures < FREE ? Long.MIN_VALUE : score.next;
    }

    private static void take(@Nullable Score score, long slot) {
        if (score != null && score.failures >= FREE) {
            score.next = slot + score.pause();
        }
    }

    /// The password was right.
    void onRight(@Nullable InetAddress address, String user) {
        familiar.put(pair(network(address), user), new Score());
    }

    /// It was wrong, or there is no such user.
    void onWrong(@Nullable InetAddress address, String user) {
        String network = network(address);
        String pair = pair(network, user);
        Score known = familiar.get(pair);
        if (known != null) {
            known.failures++;
            if (known.failures < FREE) {
                return;
            }
            familiar.remove(pair);
        }
        long now = millis.getAsLong();
        fail(addresses, network, now);
        fail(users, user, now);
    }

    private static void fail(Map<String, Score> scores, String key, long now) {
        Score score = score(scores, key, now);
        if (score == null) {
            score = new Score();
            scores.put(key, score);
        }
        score.failures++;
        score.last = now;
        score.next = Math.max(score.next, now + score.pause());
    }

    private static @Nullable Score score(Map<String, Score> scores, String key, long now) {
        Score score = scores.get(key);
        if (score != null && now - score.last > FORGET_MILLIS) {
            scores.remove(key);
            return null;
        }
        return score;
    }

    private static String pair(String network, String user) {
        return network + "\0" + user;
    }

    private static String network(@Nullable InetAddress address) {
        if (address == null) {
            return "unknown";
        }
        byte[] bytes = address.getAddress();
        return HexFormat.of()
                .formatHex(address instanceof Inet6Address ? Arrays.copyOf(bytes, 8) : bytes);
    }
}
