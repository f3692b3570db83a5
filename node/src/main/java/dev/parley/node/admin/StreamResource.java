package dev.parley.node.admin;

import dev.parley.api.Reason;
import dev.parley.core.catalog.CatalogCommand;
import dev.parley.core.catalog.CatalogReply;
import dev.parley.core.catalog.QueueEntry;
import dev.parley.core.catalog.VirtualHost;
import dev.parley.core.message.FieldTable;
import dev.parley.core.message.FieldValue;
import dev.parley.core.queue.QueueCommand;
import dev.parley.core.queue.QueueReply;
import dev.parley.core.stream.StreamClient;
import dev.parley.core.stream.StreamCommand;
import dev.parley.core.stream.StreamReply;
import dev.parley.core.stream.StreamStatus;
import dev.parley.front.amqp.Declaration;
import dev.parley.front.amqp.QueueArguments;
import dev.parley.front.mqtt.AmqpProperties;
import dev.parley.front.stream.StreamAsker;
import dev.parley.front.stream.TopicBindings;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// `/v1/streams`: which there are, what is kept of each, and whose subjects they take.
final class StreamResource {
    private static final int SUBJECTS_MAX = 1_000;

    private final Administered node;

    StreamResource(Administered node) {
        this.node = node;
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", "streams", this::list),
                new Route("GET", "streams/{stream}", this::show),
                new Route("PUT", "streams/{stream}", this::declare),
                new Route("DELETE", "streams/{stream}", this::delete));
    }

    /// The stream that the path names.
    static QueueEntry stream(Call call) {
        VirtualHost host = call.host();
        QueueEntry queue = host.queue(call.name(0));
        if (queue == null || !queue.isStream()) {
            throw new Problem(
                    404, "no stream '%s' in vhost '%s'".formatted(call.name(0), host.name()));
        }
        return queue;
    }

    /// Asks the stream's shard; a refusal is the answer to the caller.
    static void ask(
            Administered node,
            Call call,
            QueueEntry stream,
            Function<StreamClient, StreamCommand> question,
            Consumer<StreamReply> then) {
        if (!node.serves(stream.shard())) {
            call.refuse(Asker.damaged(stream));
            return;
        }
        StreamAsker asker =
                new StreamAsker(reply -> {
                    if (reply instanceof StreamReply.Refused(Reason reason)) {
                        call.refuse(reason);
                    } else {
                        then.accept(reply);
                    }
                });
        node.broker().offer(stream.shard(), question.apply(asker));
    }

    // ---- looking

    private void list(Call call) {
        VirtualHost host = call.host();
        Map<Long, StreamStatus> statuses = new HashMap<>();
        int[] waiting = {1};
        Runnable onOne =
                () -> {
                    waiting[0]--;
                    if (waiting[0] == 0) {
                        call.ok(rows(host, statuses));
                    }
                };
        for (int shard = 0; shard < node.shards(); shard++) {
            if (node.serves(shard)) {
                waiting[0]++;
                StreamAsker asker =
                        new StreamAsker(reply -> {
                            if (reply instanceof StreamReply.Statuses(var found)) {
                                found.forEach(one -> statuses.put(one.id(), one));
                            }
                            onOne.run();
                        });
                node.broker().offer(shard, new StreamCommand.Inspect(asker, 1, 0, true));
            }
        }
        onOne.run();
    }

    private static List<Map<String, Object>> rows(
            VirtualHost host, Map<Long, StreamStatus> statuses) {
        List<Map<String, Object>> rows = new ArrayList<>();
        host.queues().stream()
                .filter(QueueEntry::isStream)
                .sorted(Comparator.comparing(QueueEntry::name))
                .forEach(stream -> rows.add(row(host, stream, statuses.get(stream.id()))));
        return rows;
    }

    private void show(Call call) {
        QueueEntry stream = stream(call);
        VirtualHost host = call.host();
        if (!node.serves(stream.shard())) {
            call.ok(row(host, stream, null));
            return;
        }
        ask(
                node,
                call,
                stream,
                asker -> new StreamCommand.Inspect(asker, 1, stream.id(), true),
                reply -> call.ok(row(host, stream, status(reply))));
    }

    private static @Nullable StreamStatus status(StreamReply reply) {
        return reply instanceof StreamReply.Statuses(var found) && !found.isEmpty()
                ? found.getFirst()
                : null;
    }

    private static Map<String, Object> row(
            VirtualHost host, QueueEntry stream, @Nullable StreamStatus status) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("name", stream.name());
        row.put("vhost", stream.host());
        row.put("state", status == null ? "unavailable" : "running");
        row.put("epoch", stream.id());
        row.put("subjects", TopicBindings.of(host, stream));
        row.put("arguments", FieldJson.plain(stream.arguments()));
        if (status != null) {
            row.put("first", status.first());
            row.put("next", status.next());
            row.put("messages", status.messages());
            row.put("bytes", status.bytes());
            row.put("firstMillis", status.firstMillis());
            row.put("readers", status.readers());
            row.put("published", status.published());
            row.put("delivered", status.delivered());
            List<Map<String, Object>> cursors = new ArrayList<>();
            for (StreamStatus.CursorStatus cursor : status.cursors()) {
                Map<String, Object> one = new LinkedHashMap<>();
                one.put("name", cursor.name());
                one.put("offset", cursor.offset());
                one.put("readers", cursor.readers());
                one.put("unsettled", cursor.unsettled());
                cursors.add(one);
            }
            row.put("cursors", cursors);
        }
        return row;
    }

    // ---- changing

    private void declare(Call call) {
        VirtualHost host = call.host();
        String name = call.name(0);
        Fields body =
                call.body(
                        "subjects",
                        "max_age",
                        "max_bytes",
                        "max_messages",
                        "last_per_subject",
                        "key_header");
        List<String> subjects = body.texts("subjects");
        if (subjects.size() > SUBJECTS_MAX) {
            throw new Problem(400, "more than " + SUBJECTS_MAX + " subjects");
        }
        for (String subject : subjects) {
            if (!AmqpProperties.isFilter(subject)) {
                throw new Problem(400, "'" + subject + "' is no filter");
            }
        }
        FieldTable arguments = arguments(body);
        try {
            QueueArguments.spec(name, true, false, arguments);
        } catch (IllegalArgumentException e) {
            throw new Problem(400, String.valueOf(e.getMessage()));
        }
        node.broker()
                .offer(
                        0,
                        new CatalogCommand.DeclareQueue(
                                (token, reply) -> onDeclared(call, subjects, reply),
                                1,
                                host.name(),
                                name,
                                true,
                                0,
                                false,
                                arguments));
    }

    private static FieldTable arguments(Fields body) {
        FieldTable.Builder table = FieldTable.builder();
        table.put("x-queue-type", FieldValue.text("stream"));
        String age = body.text("max_age");
        if (age != null) {
            table.put("x-max-age", FieldValue.text(age));
        }
        put(table, "x-max-length-bytes", body.number("max_bytes", 1, Long.MAX_VALUE));
        put(table, "x-max-length", body.number("max_messages", 1, Long.MAX_VALUE));
        if (body.flag("last_per_subject", false)) {
            table.put("x-last-per-subject", FieldValue.of(true));
        }
        String key = body.text("key_header");
        if (key != null) {
            table.put("x-stream-key", FieldValue.text(key));
        }
        return table.build();
    }

    private static void put(FieldTable.Builder table, String name, @Nullable Long number) {
        if (number != null) {
            table.put(name, FieldValue.of(number.longValue()));
        }
    }

    private void onDeclared(Call call, List<String> subjects, CatalogReply reply) {
        switch (reply) {
            case CatalogReply.Refused(Reason reason) -> call.refuse(reason);
            case CatalogReply.Declared(QueueEntry stream, boolean created) -> {
                Declaration.create(node.broker(), reply);
                TopicBindings.add(
                        node.broker()::offer,
                        stream,
                        subjects,
                        refusal -> {
                            if (refusal == null) {
                                answer(call, stream, created);
                            } else {
                                call.refuse(refusal);
                            }
                        });
            }
            default -> throw new IllegalStateException("a declaration answered by " + reply);
        }
    }

    private void answer(Call call, QueueEntry stream, boolean created) {
        ask(
                node,
                call,
                stream,
                asker -> new StreamCommand.Inspect(asker, 1, stream.id(), false),
                reply -> {
                    StreamStatus status = status(reply);
                    Map<String, Object> answer = new LinkedHashMap<>();
                    answer.put("name", stream.name());
                    answer.put("created", created);
                    answer.put("messages", status == null ? 0 : status.messages());
                    answer.put("consumers", status == null ? 0 : status.readers());
                    if (created) {
                        call.created(answer);
                    } else {
                        call.ok(answer);
                    }
                });
    }

    private void delete(Call call) {
        QueueEntry stream = stream(call);
        boolean ifUnused = call.flag("ifUnused");
        Asker.ask(
                node,
                call,
                stream,
                asker -> new QueueCommand.Delete(asker, 1, stream.id(), ifUnused, false),
                reply -> call.ok(Map.of("messages", ((QueueReply.Done) reply).messages())));
    }
}
