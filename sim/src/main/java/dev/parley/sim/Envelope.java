package dev.parley.sim;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What stands on a letter: everything that a publisher can ask for.
///
/// @param expiration milliseconds, or -1
/// @param delay milliseconds to wait, 0 for none
/// @param deliverAt when to be delivered, 0 for no such wish
/// @param group its ordering group, or null
/// @param once what makes a repetition recognisable, or null
record Envelope(
        boolean persistent,
        int priority,
        int expiration,
        boolean mandatory,
        int delay,
        long deliverAt,
        @Nullable String group,
        @Nullable Once once) {
    /// A publisher's name for itself and its number for the letter.
    record Once(String publisher, long sequence) {}

    private static final int HEADERS = 1 << 13;
    private static final int DELIVERY_MODE = 1 << 12;
    private static final int PRIORITY = 1 << 11;
    private static final int EXPIRATION = 1 << 8;
    private static final int MESSAGE_ID = 1 << 7;

    /// A persistent letter that asks for nothing.
    static final Envelope PLAIN = new Envelope(true, 0, -1, false, 0, 0, null, null);

    boolean expires() {
        return expiration >= 0;
    }

    boolean delayed() {
        return delay > 0 || deliverAt > 0;
    }

    Envelope numbered(Once as) {
        return new Envelope(
                persistent, priority, expiration, mandatory, delay, deliverAt, group, as);
    }

    private Map<String, Object> headers() {
        Map<String, Object> headers = new LinkedHashMap<>();
        if (delay > 0) {
            headers.put("x-delay", delay);
        }
        if (deliverAt > 0) {
            headers.put("x-deliver-at", deliverAt);
        }
        if (group != null) {
            headers.put(QueuePlan.GROUP, group);
        }
        if (once != null) {
            headers.put("x-publisher-id", once.publisher());
            headers.put("x-publisher-sequence", once.sequence());
        }
        return headers;
    }

    /// A property list with headers and nothing else.
    static byte[] headersOnly(Map<String, Object> headers) {
        return list(out -> {
            out.writeShort(HEADERS);
            Frames.table(out, headers);
        });
    }

    /// The same for a message that lives so many milliseconds.
    static byte[] expiring(Map<String, Object> headers, int millis) {
        return list(out -> {
            out.writeShort(HEADERS | EXPIRATION);
            Frames.table(out, headers);
            Frames.text(out, String.valueOf(millis));
        });
    }

    private static byte[] list(Frames.Arguments fields) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            fields.write(new DataOutputStream(bytes));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /// The property list of the letter with this id.
    byte[] properties(Letter.Id id) {
        Map<String, Object> headers = headers();
        return list(out -> {
            out.writeShort(
                    (headers.isEmpty() ? 0 : HEADERS)
                            | DELIVERY_MODE
                            | PRIORITY
                            | (expires() ? EXPIRATION : 0)
                            | MESSAGE_ID);
            if (!headers.isEmpty()) {
                Frames.table(out, headers);
            }
            out.writeByte(persistent ? 2 : 1);
            out.writeByte(priority);
            if (expires()) {
                Frames.text(out, String.valueOf(expiration));
            }
            Frames.text(out, id.toString());
        });
    }
}
