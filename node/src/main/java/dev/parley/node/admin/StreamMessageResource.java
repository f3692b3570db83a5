package dev.parley.node.admin;

import dev.parley.api.Reason;
import dev.parley.core.catalog.QueueEntry;
import dev.parley.core.queue.Message;
import dev.parley.core.queue.QueueCommand;
import dev.parley.core.stream.Start;
import dev.parley.core.stream.StreamCommand;
import dev.parley.core.stream.StreamDelivery;
import dev.parley.core.stream.StreamMessage;
import dev.parley.core.stream.StreamReply;
import dev.parley.front.stream.Place;
import dev.parley.front.stream.StreamFeed;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `/v1/streams/{stream}/messages` and `/cursors`: puts messages into a stream, reads them, and
/// moves the cursors of its readers.
final class StreamMessageResource {
    private static final long COUNT_MAX = 1_000;
    private static final long WAIT_MAX = 30_000;
    private static final int BYTES_MAX = 8 << 20;
    private static final int CURSOR_MAX = 255;

    private final Administered node;

    StreamMessageResource(Administered node) {
        this.node = node;
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", "streams/{stream}/messages", this::read),
                new Route("POST", "streams/{stream}/messages", this::publish),
                new Route("PUT", "streams/{stream}/cursors/{cursor}", this::move),
                new Route("DELETE", "streams/{stream}/cursors/{cursor}", this::forget));
    }

    private void publish(Call call) {
        QueueEntry stream = StreamResource.stream(call);
        Message message = MessageResource.message(stream, call, node.broker().wallMillis());
        MessageResource.check(node, message);
        Asker.ask(
                node,
                call,
                stream,
                asker -> new QueueCommand.Publish(asker, 1, List.of(stream.id()), message),
                reply -> call.created(Map.of("stream", stream.name())));
    }

    // ---- reading

    private void read(Call call) {
        QueueEntry stream = StreamResource.stream(call);
        String offset = call.query("offset");
        Start start = offset == null ? new Start.First() : place(offset);
        int count = (int) call.number("count", 100, 1, COUNT_MAX);
        long wait = call.number("wait", 0, 0, WAIT_MAX);
        read(call, stream, start, count, wait);
    }

    static Start place(String text) {
        try {
            return Place.of(text);
        } catch (IllegalArgumentException e) {
            throw new Problem(400, "offset: " + e.getMessage());
        }
    }

    private void read(Call call, QueueEntry stream, Start start, int count, long wait) {
        StreamResource.ask(
                node,
                call,
                stream,
                asker -> new StreamCommand.Read(asker, 1, stream.id(), start, count, BYTES_MAX),
                reply -> {
                    StreamReply.Page page = (StreamReply.Page) reply;
                    if (page.messages().isEmpty() && wait > 0) {
                        new Wait(call, stream, page, count).begin(wait);
                    } else {
                        answer(call, stream, page);
                    }
                });
    }

    private static void answer(Call call, QueueEntry stream, StreamReply.Page page) {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("epoch", stream.id());
        answer.put("messages", page.messages().stream().map(StreamMessageResource::row).toList());
        answer.put("next", page.next());
        answer.put("missed", page.missed());
        call.ok(answer);
    }

    private static Map<String, Object> row(StreamReply.Kept kept) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("offset", kept.offset());
        row.put("timeMillis", kept.timeMillis());
        StreamMessage message = kept.message();
        row.putAll(
                FieldJson.message(
                        message.exchange(),
                        message.subject(),
                        false,
                        message.properties(),
                        message.body()));
        row.remove("redelivered");
        return row;
    }

    /// A call that waits for the first message that comes.
    private final class Wait implements StreamFeed.Sink {
        private final Call call;
        private final QueueEntry stream;
        private final StreamReply.Page page;
        private final int count;
        private @Nullable StreamFeed feed;
        private Runnable stopWaiting = () -> {};
        private boolean over;

        Wait(Call call, QueueEntry stream, StreamReply.Page page, int count) {
            this.call = call;
            this.stream = stream;
            this.page = page;
            this.count = count;
        }

        void begin(long millis) {
            stopWaiting = node.after(millis, () -> end(() -> answer(call, stream, page)));
            call.onGone(() -> end(() -> {}));
            feed =
                    StreamFeed.open(
                            node.broker()::offer,
                            stream,
                            node.broker().nextId(),
                            new Start.At(page.next()),
                            null,
                            0,
                            this);
            if (over) {
                feed.close();
            }
        }

        private void end(Runnable then) {
            if (over) {
                return;
            }
            over = true;
            stopWaiting.run();
            StreamFeed open = feed;
            if (open != null) {
                open.close();
            }
            then.run();
        }

        @Override
        public void onAttached(long next, long missed) {}

        @Override
        public void onRefused(Reason reason) {
            end(() -> call.refuse(reason));
        }

        /// That there is one is enough: the page is read anew.
        @Override
        public boolean ready() {
            end(() -> read(call, stream, new Start.At(page.next()), count, 0));
            return false;
        }

        @Override
        public void onMessage(StreamDelivery message) {
            throw new IllegalStateException("a message that nobody took");
        }

        @Override
        public void onEnded() {
            end(() ->
                    call.refuse(new Reason.NotFound("stream '" + stream.name() + "' was deleted")));
        }
    }

    // ---- cursors

    private void move(Call call) {
        QueueEntry stream = StreamResource.stream(call);
        Long offset = call.body("offset").number("offset", 0, Long.MAX_VALUE);
        if (offset == null) {
            throw new Problem(400, "a cursor stands at an offset");
        }
        move(call, stream, offset);
    }

    private void forget(Call call) {
        move(call, StreamResource.stream(call), -1);
    }

    private void move(Call call, QueueEntry stream, long offset) {
        String cursor = call.name(1);
        if (cursor.length() > CURSOR_MAX) {
            throw new Problem(400, "a cursor's name has at most 255 characters");
        }
        StreamResource.ask(
                node,
                call,
                stream,
                asker -> new StreamCommand.Move(asker, 1, stream.id(), cursor, offset),
                reply -> call.done());
    }
}
