package dev.parley.cli;

import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// What a command says of a message beside its body.
final class MessageOptions {
    @Mixin private QueuePublishCommand.Headers headers = new QueuePublishCommand.Headers();

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
