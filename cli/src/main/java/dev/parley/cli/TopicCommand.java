package dev.parley.cli;

import dev.parley.client.RetainedMessage;
import dev.parley.client.TopicFilter;
import dev.parley.client.TopicMessage;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Works with topics.
@Command(
        name = "topic",
        description = "Works with topics: publish-subscribe.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            TopicCommand.Publish.class,
            TopicSubscribeCommand.class,
            TopicCommand.Listing.class
        })
final class TopicCommand extends Group {
    @Command(
            name = "publish",
            description =
                    "Publishes a message and returns when it is on disk wherever it has to be.",
            mixinStandardHelpOptions = true)
    static final class Publish implements Callable<Integer> {
        @Mixin private NodeOptions node = new NodeOptions();
        @Mixin private NodeOptions.Host host = new NodeOptions.Host();

        @Parameters(index = "0", paramLabel = "TOPIC", description = "The topic.")
        private String topic = "";

        @Parameters(
                index = "1",
                arity = "0..1",
                paramLabel = "BODY",
                description = "The message. Without it, or with '-', standard input to its end.")
        private @Nullable String body;

        @Option(names = "--content-type", paramLabel = "TYPE", description = "What it holds.")
        private @Nullable String contentType;

        @Option(names = "--qos", paramLabel = "N", description = "0, 1 or 2. Default: 1")
        private int qos = 1;

        @Option(
                names = "--retain",
                description = "It is kept for those who subscribe later; empty: none is kept.")
        private boolean retain;

        @Option(
                names = "--expiry",
                paramLabel = "TIME",
                converter = Times.class,
                description = "It expires after this time: 1500ms, 30s, 5m, 2h, 1d.")
        private @Nullable Duration expiry;

        @Override
        public Integer call() throws Exception {
            if (qos < 0 || qos > 2) {
                throw node.wrong("--qos is " + qos + ", not 0, 1 or 2");
            }
            return node.run((client, out) -> {
                ByteBuffer content = QueuePublishCommand.content(body);
                int bytes = content.remaining();
                Long millis = expiry == null ? null : expiry.toMillis();
                boolean matched =
                        client.publish(
                                host.vhost,
                                topic,
                                new TopicMessage(content, qos, retain, millis, contentType));
                out.say(
                        "published %d bytes to %s%s"
                                .formatted(
                                        bytes,
                                        topic,
                                        matched ? "" : ", which nobody subscribes to"),
                        Map.of("topic", topic, "bytes", bytes, "matched", matched));
            });
        }
    }

    @Command(
            name = "list",
            description =
                    "Lists the filters that are subscribed to, or with --retained the messages that"
                            + " are retained.",
            mixinStandardHelpOptions = true)
    static final class Listing implements Callable<Integer> {
        private static final int SHOWN = 60;

        @Mixin private NodeOptions node = new NodeOptions();
        @Mixin private NodeOptions.Host host = new NodeOptions.Host();

        @Option(
                names = "--retained",
                paramLabel = "FILTER",
                description = "Retained messages: '#' for all of them.")
        private @Nullable String retained;

        @Option(
                names = "--count",
                paramLabel = "N",
                description = "Most of them, 1 to 1000. Default: 100")
        private int count = 100;

        @Override
        public Integer call() throws Exception {
            String filter = retained;
            return node.run((client, out) -> {
                if (filter == null) {
                    List<TopicFilter> filters = client.filters(host.vhost);
                    Table table = new Table("no subscriptions", "FILTER", "SUBSCRIPTIONS");
                    filters.forEach(one -> table.add(one.filter(), one.subscriptions()));
                    out.list(table, filters);
                } else {
                    List<RetainedMessage> messages = client.retained(host.vhost, filter, count);
                    Table table = new Table("nothing retained", "TOPIC", "QOS", "BYTES", "BODY");
                    messages.forEach(one ->
                            table.add(one.topic(), one.qos(), one.content().length, start(one)));
                    out.list(table, messages);
                }
            });
        }

        private static String start(RetainedMessage message) {
            String text = new String(message.content(), StandardCharsets.UTF_8);
            return text.length() > SHOWN ? text.substring(0, SHOWN) + "…" : text;
        }
    }
}
