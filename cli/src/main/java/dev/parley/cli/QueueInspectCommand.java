package dev.parley.cli;

import dev.parley.client.AdminClient;
import dev.parley.client.Change;
import dev.parley.client.Inspected;
import dev.parley.client.Inspection;
import dev.parley.client.RefusedException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Shows messages wherever they stand in a queue.
@Command(
        name = "inspect",
        description = "Shows messages wherever they stand in a queue, and what each waits for.",
        mixinStandardHelpOptions = true)
final class QueueInspectCommand implements Callable<Integer> {
    private static final int PAGE = 1_000;
    private static final int SHOWN = 60;

    @Mixin private NodeOptions node = new NodeOptions();
    @Mixin private QueueCommand.Named named = new QueueCommand.Named();
    @Mixin private Wanted wanted = new Wanted();

    @Option(names = "--count", paramLabel = "N", description = "How many at most. Default: 20.")
    private int count = 20;

    /// Which messages a command is about.
    static final class Wanted {
        @Option(names = "--key", paramLabel = "KEY", description = "With this routing key.")
        @Nullable String key;

        @Option(
                names = "--header",
                paramLabel = "NAME=VALUE",
                description = "With this header; message-id is a name too.")
        @Nullable String header;

        @Option(names = "--body", paramLabel = "TEXT", description = "With this in the body.")
        @Nullable String body;

        /// Up to `most` of them, from the head on.
        List<Inspected> find(AdminClient client, QueueCommand.Named named, int most)
                throws RefusedException {
            List<Inspected> found = new ArrayList<>();
            String from = null;
            do {
                Inspection one = page(client, named, Math.min(PAGE, most - found.size()), from);
                found.addAll(one.messages());
                from = one.next();
            } while (from != null && found.size() < most);
            return found;
        }

        /// Up to `count` of them, from an entry on; null: from the head on.
        Inspection page(
                AdminClient client, QueueCommand.Named named, int count, @Nullable String from)
                throws RefusedException {
            return client.inspect(
                    named.vhost,
                    named.queue,
                    count,
                    from,
                    new Inspection.Filter(key, header, body));
        }
    }

    @Override
    public Integer call() throws Exception {
        if (count < 1) {
            throw node.wrong("--count is " + count + ", not 1 or more");
        }
        return node.run((client, out) -> {
            List<Inspected> found = wanted.find(client, named, count);
            Table table =
                    new Table("no such messages", "ENTRY", "KEY", "FAILED", "WAITS FOR", "BODY");
            found.forEach(one ->
                    table.add(
                            one.entry(),
                            one.routingKey(),
                            one.failures(),
                            one.waitsFor(),
                            shown(one.body())));
            out.list(table, found);
        });
    }

    private static String shown(@Nullable String body) {
        if (body == null) {
            return "(no text)";
        }
        String line = body.replaceAll("\\p{Cntrl}", " ");
        return line.length() > SHOWN ? line.substring(0, SHOWN) + "…" : line;
    }

    @Command(
            name = "remove",
            description = "Removes single messages that no consumer has.",
            mixinStandardHelpOptions = true)
    static final class Remove implements Callable<Integer> {
        @Mixin private NodeOptions node = new NodeOptions();
        @Mixin private QueueCommand.Named named = new QueueCommand.Named();

        @Parameters(
                index = "1..*",
                arity = "1..*",
                paramLabel = "ENTRY",
                description = "As parley queue inspect shows it.")
        private List<String> entries = List.of();

        @Override
        public Integer call() throws Exception {
            return node.run((client, out) -> {
                for (String entry : entries) {
                    client.remove(named.vhost, named.queue, entry);
                }
                out.say(
                        "removed %d from %s".formatted(entries.size(), named.queue),
                        Map.of("queue", named.queue, "removed", entries.size()));
            });
        }
    }

    @Command(
            name = "edit",
            description =
                    "Puts another message in the place of one that no consumer has, both or neither:"
                            + " the same but for what is named. It goes to the end of the queue.",
            mixinStandardHelpOptions = true)
    static final class Edit implements Callable<Integer> {
        @Mixin private NodeOptions node = new NodeOptions();
        @Mixin private QueueCommand.Named named = new QueueCommand.Named();
        @Mixin private QueuePublishCommand.Options message = new QueuePublishCommand.Options();

        @Parameters(
                index = "1",
                paramLabel = "ENTRY",
                description = "As parley queue inspect shows it.")
        private String entry = "";

        @Parameters(
                index = "2",
                arity = "0..1",
                paramLabel = "BODY",
                description = "Another body; '-': standard input to its end.")
        private @Nullable String body;

        @Option(
                names = "--remove-header",
                paramLabel = "KEY",
                description = "A header to take away; may be given often.")
        private List<String> removed = List.of();

        @Override
        public Integer call() throws Exception {
            Map<String, @Nullable Object> changed = new LinkedHashMap<>(message.headers());
            removed.forEach(name -> changed.put(name, null));
            if (body == null && message.none() && changed.isEmpty()) {
                throw node.wrong("name what is to be another: a BODY, --header, …");
            }
            return node.run((client, out) -> {
                Change change =
                        new Change(
                                body == null ? null : QueuePublishCommand.content(body),
                                message.priority,
                                message.ttlMillis(),
                                message.contentType,
                                changed);
                client.edit(named.vhost, named.queue, entry, change);
                out.say(
                        "edited %s in %s".formatted(entry, named.queue),
                        Map.of("queue", named.queue, "edited", entry));
            });
        }
    }
}
