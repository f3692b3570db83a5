package dev.parley.node;

import dev.parley.front.wire.Trickle;
import java.net.InetSocketAddress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What administrators do and who was not let in, one line each, in the log `parley.audit`.
///
/// Names and paths only: no password, hash, header or body ever comes here. What came from outside
/// is quoted, so that nobody can write lines of his own. Any thread.
final class Audit {
    private static final Logger LOG = LoggerFactory.getLogger("parley.audit");

    /// Refused logins a second that get a line; the next one says how many did not.
    private static final int REFUSALS_PER_SECOND = 10;

    /// Longer texts are cut.
    private static final int TEXT_MAX = 300;

    private final Trickle refusals =
            new Trickle(REFUSALS_PER_SECOND, () -> System.nanoTime() / 1_000_000);

    /// Somebody changed something, or was told why he cannot.
    void changed(String user, InetSocketAddress from, String what, int status) {
        LOG.info(
                "event=change user={} from={} what={} status={}",
                quoted(user),
                place(from),
                quoted(what),
                status);
    }

    /// Somebody was not let in.
    void refused(String user, InetSocketAddress from, String why) {
        if (refusals.lets()) {
            LOG.warn(
                    "event=login-refused user={} from={} why={}{}",
                    quoted(user),
                    place(from),
                    quoted(why),
                    refusals.withheld());
        }
    }

    private static String place(InetSocketAddress from) {
        return from.getAddress() == null
                ? "unknown"
                : from.getAddress().getHostAddress() + ":" + from.getPort();
    }

    /// As a string of JSON.
    static String quoted(String text) {
        StringBuilder out = new StringBuilder("\"");
        text.codePoints()
                .limit(TEXT_MAX)
                .forEach(c -> {
                    if (c == '"' || c == '\\') {
                        out.append('\\').append((char) c);
                    } else if (Character.isISOControl(c)
                            || Character.getType(c) == Character.FORMAT
                            || c == 0x2028
                            || c == 0x2029) {
                        out.append("\\u%04x".formatted(c));
                    } else {
                        out.appendCodePoint(c);
                    }
                });
        return out.append('"').toString();
    }
}
