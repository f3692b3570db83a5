package dev.parley.node.feed;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.parley.front.http.HttpService.Response;
import dev.parley.front.http.Line;
import dev.parley.front.mqtt.Publication.Ids;
import java.nio.ByteBuffer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Server-sent events, as browsers' `EventSource` reads them.
///
/// An event's identifier is the time at which it was sent and a number. Topics keep no history: who
/// comes back with the last identifier that he has is told since when messages may be missing.
final class EventForm implements Form {
    /// The type of the answer.
    static final String TYPE = "text/event-stream";

    /// A browser comes back after this time.
    private static final long RETRY_MILLIS = 3_000;

    private static final ByteBuffer END = bytes("\n\n");
    private static final ByteBuffer BEAT = bytes(":\n\n");

    private final LongSupplier wallMillis;
    private long number;

    EventForm(LongSupplier wallMillis) {
        this.wallMillis = wallMillis;
    }

    static Response head() {
        return Response.of(200, TYPE, "retry: " + RETRY_MILLIS + "\n\n")
                .with("Cache-Control", "no-store")
                .with("X-Accel-Buffering", "no");
    }

    /// @param since the identifier of the last event that the reader had, or null
    void begin(Line line, @Nullable String since) {
        int dash = since == null ? -1 : since.indexOf('-');
        if (since != null && dash > 0 && since.substring(0, dash).matches("[0-9]{1,18}")) {
            say(line, "missed", "{\"since\":" + Long.parseLong(since.substring(0, dash)) + "}");
        }
    }

    @Override
    public void message(Line line, Shown shown, Ids ids) {
        number++;
        message(line, wallMillis.getAsLong() + "-" + number, shown);
    }

    void message(Line line, String id, Shown shown) {
        String head = "id: %s\nevent: message\ndata: {".formatted(id);
        line.write(bytes(head), shown.json(), END);
    }

    @Override
    public void missed(Line line, long count) {
        say(line, "missed", "{\"count\":" + count + "}");
    }

    @Override
    public void beat(Line line) {
        if (line.writable()) {
            line.write(BEAT);
        }
    }

    @Override
    public void expired(Line line) {
        say(line, "expired", "{}");
        line.end(0, "");
    }

    @Override
    public void tooSlow(Line line) {
        // It would not read a last word either.
        line.abort();
    }

    @Override
    public void stopped(Line line, int code, String why) {
        line.end(code, why);
    }

    @Override
    public String protocol() {
        return "HTTP events";
    }

    @Override
    public void onEnd() {
        // Nothing hangs on it.
    }

    void say(Line line, String event, String json) {
        line.write(bytes("event: %s\ndata: %s\n\n".formatted(event, json)));
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(UTF_8));
    }
}
