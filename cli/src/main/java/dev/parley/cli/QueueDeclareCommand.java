package dev.parley.cli;

import dev.parley.client.Declared;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Makes sure that a queue exists.
@Command(
        name = "declare",
        description =
                "Makes sure that a queue exists. One that exists with other properties is left"
                        + " as it is, and the command fails.",
        mixinStandardHelpOptions = true)
final class QueueDeclareCommand implements Callable<Integer> {
    @Mixin private NodeOptions node = new NodeOptions();
    @Mixin private QueueCommand.Named named = new QueueCommand.Named();

    @Option(names = "--transient", description = "It does not outlive a restart of the node.")
    private boolean passing;

    @Option(names = "--auto-delete", description = "It goes with its last consumer.")
    private boolean autoDelete;

    @Option(
            names = "--ttl",
            paramLabel = "TIME",
            converter = Times.class,
            description = "Messages expire after this time: 1500ms, 30s, 5m, 2h, 1d.")
    private @Nullable Duration ttl;

    @Option(
            names = "--expires",
            paramLabel = "TIME",
            converter = Times.class,
            description = "The queue is deleted when unused for this time.")
    private @Nullable Duration expires;

    @Option(names = "--max-length", paramLabel = "N", description = "Messages that wait at most.")
    private @Nullable Long maxLength;

    @Option(
            names = "--max-length-bytes",
            paramLabel = "SIZE",
            converter = Sizes.class,
            description = "Bytes of bodies that wait at most: 1000, 64KiB, 16MiB, 2GiB.")
    private @Nullable Long maxLengthBytes;

    @Option(
            names = "--overflow",
            paramLabel = "HOW",
            description = "At the bound: drop-head, reject-publish, reject-publish-dlx, block.")
    private @Nullable String overflow;

    @Option(
            names = "--dead-letter-exchange",
            paramLabel = "NAME",
            description =
                    "Where messages go that were rejected, expired, dropped at the bound or"
                            + " delivered too often. '' is the default exchange.")
    private @Nullable String deadLetterExchange;

    @Option(
            names = "--dead-letter-routing-key",
            paramLabel = "KEY",
            description = "The routing key they get. Default: the one they came with.")
    private @Nullable String deadLetterRoutingKey;

    @Option(
            names = "--delivery-limit",
            paramLabel = "N",
            description = "Failed deliveries that a message may have; one more dead-letters it.")
    private @Nullable Long deliveryLimit;

    @Option(names = "--max-priority", paramLabel = "N", description = "Levels of priority, to 255.")
    private @Nullable Long maxPriority;

    @Option(names = "--single-active-consumer", description = "One consumer at a time.")
    private boolean singleActiveConsumer;

    @Option(
            names = "--argument",
            paramLabel = "KEY=VALUE",
            description =
                    "Any other argument of AMQP's queue.declare; may be given often. Numbers,"
                            + " true and false are taken as such.")
    private Map<String, String> arguments = new LinkedHashMap<>();

    @Override
    public Integer call() throws Exception {
        Map<String, Object> all = all();
        return node.run((client, out) -> {
            Declared declared = client.declare(named.vhost, named.queue, !passing, autoDelete, all);
            out.say(
                    declared.created()
                            ? "declared " + named.queue
                            : "%s exists, with %d messages and %d consumers"
                                    .formatted(
                                            named.queue, declared.messages(), declared.consumers()),
                    declared);
        });
    }

    private Map<String, Object> all() {
        Map<String, Object> all = new LinkedHashMap<>();
        all.putAll(QueuePublishCommand.Headers.values(arguments));
        put(all, "x-message-ttl", ttl == null ? null : ttl.toMillis());
        put(all, "x-expires", expires == null ? null : expires.toMillis());
        put(all, "x-max-length", maxLength);
        put(all, "x-max-length-bytes", maxLengthBytes);
        put(all, "x-overflow", overflow);
        put(all, "x-dead-letter-exchange", deadLetterExchange);
        put(all, "x-dead-letter-routing-key", deadLetterRoutingKey);
        put(all, "x-delivery-limit", deliveryLimit);
        put(all, "x-max-priority", maxPriority);
        put(all, "x-single-active-consumer", singleActiveConsumer ? true : null);
        return all;
    }

    private static void put(Map<String, Object> all, String name, @Nullable Object value) {
        if (value != null) {
            all.put(name, value);
        }
    }
}
