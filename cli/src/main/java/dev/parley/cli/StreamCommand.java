package dev.parley.cli;

import dev.parley.client.AdminClient;
import dev.parley.client.Declared;
import dev.parley.client.Outgoing;
import dev.parley.client.RefusedException;
import dev.parley.client.Stream;
import dev.parley.client.StreamDeclaration;
import dev.parley.client.StreamPage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Works with streams.
@Command(
        name = "stream",
        description = "Works with streams: messages that stay, for whoever reads them again.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            StreamCommand.Listing.class,
            StreamCommand.Declare.class,
            StreamCommand.Show.class,
            StreamCommand.Delete.class,
            StreamCommand.Publish.class,
            StreamCommand.Read.class
        })
final class StreamCommand extends Group {
    /// The stream that a command is about.
    static final class Named extends NodeOptions.Host {
        @Parameters(index = "0", paramLabel = "STREAM", description = "The stream's name.")
        String stream = "";
    }

    @Command(
            name = "list",
            description = "Lists the streams of a virtual host.",
            mixinStandardHelpOptions = true)
    static final class Listing implements Callable<Integer> {
        @Mixin private NodeOptions node = new NodeOptions();
        @Mixin private NodeOptions.Host host = new NodeOptions.Host();

        @Override
        public Integer call() throws Exception {
            return node.run((client, out) -> {
                List<Stream> streams = client.streams(host.vhost);
                Table table =
                        new Table(
                                "no streams",
                                "STREAM",
                                "SUBJECTS",
                                "FIRST",
                                "NEXT",
                                "MESSAGES",
                                "BYTES",
                                "READERS",
                                "STATE");
                streams.forEach(one ->
                        table.add(
                                one.name(),
                                String.join(" ", one.subjects()),
                                one.first(),
                                one.next(),
                                one.messages(),
                                one.bytes(),
                                one.readers(),
                                one.state()));
                out.list(table, streams);
            });
        }
    }

    @Command(
            name = "declare",
            description =
                    "Makes sure that a stream exists and takes its subjects. One that exists with"
                            + " other properties is left as it is, and the command fails.",
            mixinStandardHelpOptions = true)
    static final class Declare implements Callable<Integer> {
        @Mixin private NodeOptions node = new NodeOptions();
        @Mixin private Named named = new Named();

        @Option(
                names = "--subject",
                paramLabel = "FILTER",
                description = "Topics whose messages it takes: 'ticks/#'; may be given often.")
        private List<String> subjects = List.of();

        @Option(
                names = "--max-age",
                paramLabel = "TIME",
                description = "Messages are kept for this time: 7D, 12h; Y, M, D, h, m or s.")
        private @Nullable String maxAge;

        @Option(
                names = "--max-bytes",
                paramLabel = "SIZE",
                converter = Sizes.class,
                description = "Bytes that are kept, about: 1000, 64KiB, 16MiB, 2GiB.")
        private @Nullable Long maxBytes;

        @Option(names = "--max-messages", paramLabel = "N", description = "Messages that are kept.")
        private @Nullable Long maxMessages;

        @Option(
                names = "--last-per-subject",
                description = "A message makes those before it with the same subject go.")
        private boolean lastPerSubject;

        @Option(
                names = "--key-header",
                paramLabel = "NAME",
                description =
                        "The header that holds a message's key, whose order readers that share a"
                                + " cursor keep. Default: the subject is it.")
        private @Nullable String keyHeader;

        @Override
        public Integer call() throws Exception {
            StreamDeclaration wanted =
                    new StreamDeclaration(
                            subjects, maxAge, maxBytes, maxMessages, lastPerSubject, keyHeader);
            return node.run((client, out) -> {
                Declared declared = client.declareStream(named.vhost, named.stream, wanted);
                out.say(
                        declared.created()
                                ? "declared " + named.stream
                                : "%s exists, with %d messages"
                                        .formatted(named.stream, declared.messages()),
                        declared);
            });
        }
    }

    @Command(
            name = "info",
            description = "Tells how a stream stands, and its cursors.",
            mixinStandardHelpOptions = true)
    static final class Show implements Callable<Integer> {
        @Mixin private NodeOptions node = new NodeOptions();
        @Mixin private Named named = new Named();

        @Override
        public Integer call() throws Exception {
            return node.run((client, out) -> {
                Stream stream = client.stream(named.vhost, named.stream);
                Table table = new Table("", "PROPERTY", "VALUE");
                table.add("epoch", stream.epoch());
                table.add("subjects", String.join(" ", stream.subjects()));
                stream.arguments().forEach(table::add);
                table.add("first", stream.first());
                table.add("next", stream.next());
                table.add("messages", stream.messages());
                table.add("bytes", stream.bytes());
                table.add(
                        "oldest",
                        stream.messages() == 0
                                ? "-"
                                : Instant.ofEpochMilli(stream.firstMillis()).toString());
                table.add("readers", stream.readers());
                for (Stream.Cursor cursor : stream.cursors()) {
                    table.add(
                            "cursor " + cursor.name(),
                            "at %d, %d behind, %d readers"
                                    .formatted(
                                            cursor.offset(),
                                            stream.next() - cursor.offset(),
                                            cursor.readers()));
                }
                out.list(table, stream);
            });
        }
    }

    @Command(
            name = "delete",
            description = "Deletes a stream, what is in it, and its cursors.",
            mixinStandardHelpOptions = true)
    static final class Delete implements Callable<Integer> {
        @Mixin private NodeOptions node = new NodeOptions();
        @Mixin private Named named = new Named();

        @Option(names = "--if-unused", description = "Only if nobody reads it.")
        private boolean ifUnused;

        @Override
        public Integer call() throws Exception {
            return node.run((client, out) -> {
                long messages = client.deleteStream(named.vhost, named.stream, ifUnused);
                out.say(
                        "deleted %s with %d messages".formatted(named.stream, messages),
                        Map.of("stream", named.stream, "messages", messages));
            });
        }
    }

    @Command(
            name = "publish",
            description = "Puts a message at the end of a stream; returns when it is on disk.",
            mixinStandardHelpOptions = true)
    static final class Publish implements Callable<Integer> {
        @Mixin private NodeOptions node = new NodeOptions();
        @Mixin private Named named = new Named();
        @Mixin private QueuePublishCommand.Headers headers = new QueuePublishCommand.Headers();

        @Parameters(
                index = "1",
                arity = "0..1",
                paramLabel = "BODY",
                description = "The message. Without it, or with '-', standard input to its end.")
        private @Nullable String body;

        @Option(names = "--content-type", paramLabel = "TYPE", description = "What it holds.")
        private @Nullable String contentType;

        @Override
        public Integer call() throws Exception {
            return node.run((client, out) -> {
                ByteBuffer content = QueuePublishCommand.content(body);
                int bytes = content.remaining();
                client.append(
                        named.vhost,
                        named.stream,
                        new Outgoing(content, true, null, null, contentType, headers.values()));
                out.say(
                        "published %d bytes to %s".formatted(bytes, named.stream),
                        Map.of("stream", named.stream, "bytes", bytes));
            });
        }
    }

    @Command(
            name = "read",
            description =
                    "Prints messages of a stream, which stay. Ends at the end, unless it follows.",
            mixinStandardHelpOptions = true)
    static final class Read implements Callable<Integer> {
        private static final int PAGE = 500;

        @Mixin private NodeOptions node = new NodeOptions();
        @Mixin private Named named = new Named();

        @Option(
                names = "--offset",
                paramLabel = "WHERE",
                description =
                        "Where to begin: first, last, next, an offset, or time: with milliseconds"
                                + " since 1970 or a time like 2026-01-31T12:00:00Z. Default: first")
        private String offset = "first";

        @Option(
                names = "--cursor",
                paramLabel = "NAME",
                description =
                        "Go on behind what was printed last under this name; --offset counts the"
                                + " first time only. It moves when a message is printed.")
        private @Nullable String cursor;

        @Option(names = "--follow", description = "Wait for more at the end.")
        private boolean follow;

        @Option(names = "--count", paramLabel = "N", description = "End after so many.")
        private long count = Long.MAX_VALUE;

        @Override
        public Integer call() throws Exception {
            if (count < 1) {
                throw node.wrong("--count is " + count + ", not 1 or more");
            }
            return node.run(this::read);
        }

        private void read(AdminClient client, Output out) throws IOException, RefusedException {
            String from = begin(client);
            Duration wait = follow ? AdminClient.WAIT_MAX : Duration.ZERO;
            long left = count;
            while (left > 0) {
                int most = (int) Math.min(left, PAGE);
                StreamPage page = client.readStream(named.vhost, named.stream, from, most, wait);
                if (page.missed() > 0) {
                    System.err.println("parley: " + page.missed() + " messages are kept no more");
                }
                for (StreamPage.Kept message : page.messages()) {
                    out.message(message.content(), message);
                }
                if (!page.messages().isEmpty() && cursor != null) {
                    client.moveCursor(named.vhost, named.stream, cursor, page.next());
                }
                if (page.messages().isEmpty() && !follow) {
                    return;
                }
                left -= page.messages().size();
                from = Long.toString(page.next());
            }
        }

        private String begin(AdminClient client) throws RefusedException {
            String name = cursor;
            if (name != null) {
                for (Stream.Cursor one : client.stream(named.vhost, named.stream).cursors()) {
                    if (one.name().equals(name)) {
                        return Long.toString(one.offset());
                    }
                }
            }
            return offset;
        }
    }
}
