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
    @Mixin private NodeOptions node = new NodeOptions();
    @Mixin private QueueCommand.Named named = new QueueCommand.Named();

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "BODY",
            description = "The message. Without it, or with '-', standard input to its end.")
    private @Nullable String body;

    @Option(names = "--transient", description = "It need not survive a restart of the node.")
    private boolean passing;

    @Option(names = "--priority", paramLabel = "N", description = "0 to 255.")
    private @Nullable Integer priority;

    @Option(
            names = "--ttl",
            paramLabel = "TIME",
            converter = Times.class,
            description = "It expires after this time: 1500ms, 30s, 5m, 2h, 1d.")
    private @Nullable Duration ttl;

    @Option(names = "--content-type", paramLabel = "TYPE", description = "What it holds.")
    private @Nullable String contentType;

    @Option(
            names = "--header",
            paramLabel = "KEY=VALUE",
            description =
                    "A header; may be given often. Numbers, true and false are taken as such.")
    private Map<String, String> headers = new LinkedHashMap<>();

    @Override
    public Integer call() throws Exception {
        return node.run((client, out) -> {
            Map<String, Object> values = new LinkedHashMap<>();
            headers.forEach((name, text) -> values.put(name, QueueCommand.value(text)));
            ByteBuffer content = content();
            int bytes = content.remaining();
            Long ttlMillis = ttl == null ? null : ttl.toMillis();
            client.publish(
                    named.vhost,
                    named.queue,
                    new Outgoing(content, !passing, priority, ttlMillis, contentType, values));
            out.say(
                    "published %d bytes to %s".formatted(bytes, named.queue),
                    Map.of("queue", named.queue, "bytes", bytes));
        });
    }

    private ByteBuffer content() throws IOException {
        String text = body;
        return ByteBuffer.wrap(
                text == null || text.equals("-")
                        ? System.in.readAllBytes()
                        : text.getBytes(StandardCharsets.UTF_8));
    }
}
