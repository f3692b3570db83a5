package dev.parley.cli;

import dev.parley.client.Outgoing;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Puts a message into a queue.
@Command(
        name = "publish",
        description = "Puts a message into a queue and returns when it is on disk.",
        mixinStandardHelpOptions = true)
final class QueuePublishCommand implements Callable<Integer> {
    /// The headers of a message that a command publishes.
    static final class Headers {
        @Option(
                names = "--header",
                paramLabel = "KEY=VALUE",
                description =
                        "A header; may be given often. Numbers, true and false are taken as such.")
        private Map<String, String> headers = new LinkedHashMap<>();

        Map<String, Object> values() {
            return values(headers);
        }

        /// The values in `KEY=VALUE`: numbers, true or false where they look like one, otherwise
        /// texts.
        static Map<String, Object> values(Map<String, String> texts) {
            Map<String, Object> values = new LinkedHashMap<>();
            texts.forEach((name, text) -> values.put(name, value(text)));
            return values;
        }

        private static Object value(String text) {
            if (text.matches("-?\\d{1,18}")) {
                return Long.valueOf(text);
            }
            return text.equals("true") || text.equals("false") ? Boolean.valueOf(text) : text;
        }
    }

    /// What a command says of a message beside its body.
    static final class Options {
        @Mixin private Headers headers = new Headers();

        @Option(names = "--content-type", paramLabel = "TYPE", description = "What it holds.")
        @Nullable String contentType;

        @Option(names = "--priority", paramLabel = "N", description = "0 to 255.")
        @Nullable Integer priority;

        @Option(
                names = "--ttl",
                paramLabel = "TIME",
                converter = Times.class,
                description = "It expires after this time, from now on: 1500ms, 30s, 5m, 2h, 1d.")
        private @Nullable Duration ttl;

        Map<String, Object> headers() {
            return headers.values();
        }

        @Nullable Long ttlMillis() {
            return ttl == null ? null : ttl.toMillis();
        }

        boolean none() {
            return contentType == null && priority == null && ttl == null;
        }
    }

    @Mixin private NodeOptions node = new NodeOptions();
    @Mixin private QueueCommand.Named named = new QueueCommand.Named();
    @Mixin private Options message = new Options();

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "BODY",
            description = "The message. Without it, or with '-', standard input to its end.")
    private @Nullable String body;

    @Option(names = "--transient", description = "It need not survive a restart of the node.")
    private boolean passing;

    @Override
    public Integer call() throws Exception {
        return node.run((client, out) -> {
            ByteBuffer content = content(body);
            int bytes = content.remaining();
            client.publish(
                    named.vhost,
                    named.queue,
                    new Outgoing(
                            content,
                            !passing,
                            message.priority,
                            message.ttlMillis(),
                            message.contentType,
                            message.headers()));
            out.say(
                    "published %d bytes to %s".formatted(bytes, named.queue),
                    Map.of("queue", named.queue, "bytes", bytes));
        });
    }

    /// A message given as an argument: without it, or with `-`, standard input to its end.
    static ByteBuffer content(@Nullable String given) throws IOException {
        return ByteBuffer.wrap(
                given == null || given.equals("-")
                        ? System.in.readAllBytes()
                        : given.getBytes(StandardCharsets.UTF_8));
    }
}
