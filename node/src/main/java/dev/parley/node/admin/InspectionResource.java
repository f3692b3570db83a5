package dev.parley.node.admin;

import dev.parley.api.Awaited;
import dev.parley.core.catalog.QueueEntry;
import dev.parley.core.message.FieldTable;
import dev.parley.core.message.FieldValue;
import dev.parley.core.message.Properties;
import dev.parley.core.queue.Delivery;
import dev.parley.core.queue.Entries;
import dev.parley.core.queue.Message;
import dev.parley.core.queue.PeekedMessage;
import dev.parley.core.queue.QueueCommand;
import dev.parley.core.queue.QueueReply;
import dev.parley.front.http.HttpService.Response;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `/v1/queues/{queue}/inspection` and what an operator does with what he finds: remove one
/// message, put another in its place, send some on, stop the queue for a while.
final class InspectionResource {
    private static final long COUNT_MAX = 1_000;
    private static final int HEX = 16;

    private final Administered node;

    InspectionResource(Administered node) {
        this.node = node;
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", "queues/{queue}/inspection", this::inspect),
                new Route("DELETE", "queues/{queue}/inspection/{entry}", this::remove),
                new Route("PUT", "queues/{queue}/inspection/{entry}", this::replace),
                new Route("POST", "queues/{queue}/sending", this::send),
                new Route("PUT", "queues/{queue}/pause", this::pause));
    }

    private void inspect(Call call) {
        QueueEntry queue = call.queue();
        int count = (int) call.number("count", 10, 1, COUNT_MAX);
        String from = call.query("from");
        PeekedMessage.Filter filter =
                filter(call.query("key"), call.query("header"), call.query("body"));
        Asker.ask(
                node,
                call,
                queue,
                asker ->
                        new QueueCommand.Peek(
                                asker,
                                1,
                                queue.id(),
                                count,
                                true,
                                from == null ? -1 : entry(from),
                                filter),
                reply -> {
                    QueueReply.Peeked peeked = (QueueReply.Peeked) reply;
                    Map<String, Object> answer = new LinkedHashMap<>();
                    answer.put(
                            "messages",
                            peeked.messages().stream().map(InspectionResource::row).toList());
                    if (peeked.next() >= 0) {
                        answer.put("next", Long.toString(peeked.next(), HEX));
                    }
                    call.ok(answer);
                });
    }

    private static PeekedMessage.Filter filter(
            @Nullable String key, @Nullable String header, @Nullable String body) {
        int equals = header == null ? -1 : header.indexOf('=');
        if (header != null && equals < 0) {
            throw new Problem(400, "header is '" + header + "', not name=value");
        }
        byte[] wanted = body == null ? null : body.getBytes(StandardCharsets.UTF_8);
        return message ->
                (key == null || key.equals(message.routingKey()))
                        && (header == null
                                || hasHeader(
                                        message,
                                        header.substring(0, equals),
                                        header.substring(equals + 1)))
                        && (wanted == null || contains(message.body(), wanted));
    }

    private static boolean hasHeader(Delivery message, String name, String wanted) {
        Properties properties = Properties.read(message.properties());
        if (name.equals("message-id")) {
            return wanted.equals(properties.messageId());
        }
        FieldTable headers = properties.headers();
        FieldValue value = headers == null ? null : headers.get(name);
        if (value == null) {
            return false;
        }
        String text = value.asText();
        return wanted.equals(text == null ? String.valueOf(value.asLong()) : text);
    }

    private static boolean contains(ByteBuffer body, byte[] wanted) {
        for (int at = body.position(); at <= body.limit() - wanted.length; at++) {
            int same = 0;
            while (same < wanted.length && body.get(at + same) == wanted[same]) {
                same++;
            }
            if (same == wanted.length) {
                return true;
            }
        }
        return false;
    }

    private static Map<String, Object> row(PeekedMessage message) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("entry", Long.toString(message.entry(), HEX));
        row.put("waitsFor", message.waitsFor().inWords());
        row.put("why", why(message.waitsFor()));
        if (message.failures() > 0) {
            row.put("failures", message.failures());
        }
        if (message.expiryMillis() > 0) {
            row.put("expires", Instant.ofEpochMilli(message.expiryMillis()).toString());
        }
        row.putAll(
                FieldJson.message(
                        message.exchange(),
                        message.routingKey(),
                        message.redelivered(),
                        message.properties(),
                        message.body()));
        return row;
    }

    /// Why the message is still here, for programs.
    private static Map<String, Object> why(Awaited awaited) {
        return switch (awaited) {
            case Awaited.Time(Instant due) -> why("time", "due", due.toString());
            case Awaited.Attempt(Instant due) -> why("attempt", "due", due.toString());
            case Awaited.Answer(Awaited.Holder by) -> why("answer", by);
            case Awaited.Group(String group, Awaited.Holder by) -> {
                Map<String, Object> why = why("group", by);
                why.put("group", group);
                yield why;
            }
            case Awaited.GroupAttempt(String group) -> why("group-attempt", "group", group);
            case Awaited.Groups(int waiting) -> why("groups", "waiting", waiting);
            case Awaited.End(Instant over) -> why("end", "over", over.toString());
            case Awaited.Resumption() -> Map.of("reason", "resumption");
            case Awaited.Consumer() -> Map.of("reason", "consumer");
            case Awaited.Room(int consumers) -> why("room", "consumers", consumers);
            case Awaited.Turn() -> Map.of("reason", "turn");
        };
    }

    private static Map<String, Object> why(String reason, String name, Object value) {
        Map<String, Object> why = new LinkedHashMap<>();
        why.put("reason", reason);
        why.put(name, value);
        return why;
    }

    private static Map<String, Object> why(String reason, Awaited.Holder by) {
        Map<String, Object> why = why(reason, "where", by.where());
        if (!by.consumer().isEmpty()) {
            why.put("consumer", by.consumer());
        }
        return why;
    }

    private static long entry(String text) {
        try {
            return Long.parseLong(text, HEX);
        } catch (NumberFormatException e) {
            throw new Problem(400, "'" + text + "' names no entry");
        }
    }

    private void remove(Call call) {
        QueueEntry queue = call.openQueue();
        long entry = entry(call.name(1));
        Asker.ask(
                node,
                call,
                queue,
                asker -> new QueueCommand.Remove(asker, 1, queue.id(), Entries.of(entry)),
                reply -> answer(call, (QueueReply.Done) reply));
    }

    private static void answer(Call call, QueueReply.Done done) {
        if (done.messages() == 0) {
            call.send(noSuchMessage());
        } else {
            call.done();
        }
    }

    private static Response noSuchMessage() {
        return Call.problem(404, "no such message that no consumer has");
    }

    private void replace(Call call) {
        QueueEntry queue = call.openQueue();
        long entry = entry(call.name(1));
        Revision revision = new Revision(call.body(Revision.ALLOWED.toArray(String[]::new)));
        Asker.ask(
                node,
                call,
                queue,
                asker ->
                        new QueueCommand.Peek(
                                asker, 1, queue.id(), 1, true, entry, PeekedMessage.Filter.ALL),
                reply -> {
                    List<PeekedMessage> found = ((QueueReply.Peeked) reply).messages();
                    if (found.isEmpty()
                            || found.getFirst().entry() != entry
                            || found.getFirst().standing() == PeekedMessage.Standing.TAKEN) {
                        call.send(noSuchMessage());
                    } else {
                        replace(call, queue, found.getFirst(), revision);
                    }
                });
    }

    /// An entry is never used again, so that what was found is what goes, or nothing does.
    private void replace(Call call, QueueEntry queue, PeekedMessage found, Revision revision) {
        Message message;
        try {
            message = revision.of(found, System.currentTimeMillis());
            MessageResource.check(node, message);
        } catch (Problem e) {
            call.send(Call.problem(e.status(), e.detail()));
            return;
        }
        Asker.ask(
                node,
                call,
                queue,
                asker -> new QueueCommand.Replace(asker, 1, queue.id(), found.entry(), message),
                reply -> answer(call, (QueueReply.Done) reply));
    }

    private void send(Call call) {
        QueueEntry queue = call.openQueue();
        Fields body = call.body("entries", "back", "exchange", "routingKey");
        List<String> names = body.texts("entries");
        if (names.isEmpty() || names.size() > COUNT_MAX) {
            throw new Problem(400, "entries are to be 1 to 1,000");
        }
        Entries entries = new Entries(names.size());
        names.forEach(name -> entries.add(entry(name)));
        QueueCommand.Way way = way(body);
        Asker.ask(
                node,
                call,
                queue,
                asker -> new QueueCommand.Send(asker, 1, queue.id(), entries, way),
                reply -> answer(call, names.size(), way, (QueueReply.Sent) reply));
    }

    /// Something went, or it is said why nothing did.
    private static void answer(Call call, int named, QueueCommand.Way way, QueueReply.Sent sent) {
        long absent = named - sent.sent() - sent.nowhere();
        String why = sent.nowhere() == 0 ? null : whyNowhere(way);
        if (sent.sent() > 0) {
            Map<String, Object> answer = new LinkedHashMap<>();
            answer.put("sent", sent.sent());
            answer.put("nowhere", sent.nowhere());
            answer.put("absent", absent);
            if (why != null) {
                answer.put("why", why);
            }
            call.ok(answer);
        } else if (why != null) {
            call.send(Call.problem(409, why));
        } else {
            call.send(noSuchMessage());
        }
    }

    private static String whyNowhere(QueueCommand.Way way) {
        return switch (way) {
            case QueueCommand.Way.To(String exchange, String key) when exchange.isEmpty() ->
                    "there is no queue '" + key + "'";
            case QueueCommand.Way.To(String exchange, String key) ->
                    "exchange '%s' leads nowhere with the key '%s'".formatted(exchange, key);
            case QueueCommand.Way.Back() -> "it died in no queue, or in one that is gone";
        };
    }

    private static QueueCommand.Way way(Fields body) {
        if (body.flag("back", false)) {
            return new QueueCommand.Way.Back();
        }
        try {
            return new QueueCommand.Way.To(body.text("exchange", ""), body.text("routingKey", ""));
        } catch (IllegalArgumentException e) {
            throw new Problem(400, String.valueOf(e.getMessage()));
        }
    }

    private void pause(Call call) {
        QueueEntry queue = call.openQueue();
        boolean paused = call.body("paused").flag("paused", true);
        Asker.ask(
                node,
                call,
                queue,
                asker -> new QueueCommand.Pause(asker, 1, queue.id(), paused),
                reply -> call.done());
    }
}
