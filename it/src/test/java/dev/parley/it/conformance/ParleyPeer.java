package dev.parley.it.conformance;

import dev.parley.it.Broker;
import dev.parley.it.TestNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;

/// A Parley node of its own, with programs that hand what they are asked to a [ParleyControl].
final class ParleyPeer implements AmqpPeer {

    /// Hands its arguments over, one a line; what it says goes to standard error where it failed.
    private static final String HOOK =
            """
            #!/bin/sh
            answer=$(printf '%s\\n' "$@" |
              curl -sS --noproxy '*' -w '\\n%{http_code}' --data-binary @- http://ADDRESS) || exit 70
            code=${answer##*
            }
            text=${answer%
            *}
            [ "$code" != 200 ] || { [ -z "$text" ] || printf '%s\\n' "$text"; exit 0; }
            printf '%s\\n' "$text" >&2
            exit 1
            """;

    private final TestNode node;
    private final ParleyControl control;
    private final Path directory;

    private ParleyPeer(TestNode node, ParleyControl control, Path directory) {
        this.node = node;
        this.control = control;
        this.directory = directory;
    }

    static ParleyPeer start() {
        Path data = Broker.freshDirectory("conformance");
        Path directory = data.getParent();
        if (directory == null) {
            throw new IllegalStateException("a data directory without a parent");
        }
        TestNode node = TestNode.start(data);
        try {
            ParleyControl control = ParleyControl.start(node);
            script(directory.resolve("rabbitmqctl"), control.port(), "ctl");
            script(directory.resolve("make"), control.port(), "make");
            return new ParleyPeer(node, control, directory);
        } catch (IOException e) {
            node.close();
            throw new UncheckedIOException(e);
        }
    }

    private static void script(Path file, int port, String path) throws IOException {
        Files.writeString(file, HOOK.replace("ADDRESS", "127.0.0.1:" + port + "/" + path));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    @Override
    public int amqpPort() {
        return node.amqpPort();
    }

    @Override
    public String nodeName() {
        return "parley";
    }

    @Override
    public Path ctl() {
        return directory.resolve("rabbitmqctl");
    }

    @Override
    public Path make() {
        return directory.resolve("make");
    }

    @Override
    public void close() {
        control.close();
        node.close();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
