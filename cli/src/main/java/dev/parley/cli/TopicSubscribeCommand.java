package dev.parley.cli;

import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Prints what is published to topics, over MQTT.
@Command(
        name = "subscribe",
        description = "Prints each message that is published to topics, retained ones first.",
        mixinStandardHelpOptions = true)
final class TopicSubscribeCommand implements Callable<Integer> {
    @Parameters(arity = "1..*", paramLabel = "FILTER", description = "Which topics: 'a/+/c', '#'.")
    private List<String> filters = List.of();

    @Option(
            names = "--mqtt",
            paramLabel = "HOST:PORT",
            description = "The node's MQTT port. Default: 127.0.0.1:1883")
    private String node = "127.0.0.1:1883";

    @Option(names = "--user", paramLabel = "NAME", description = "Who subscribes. Default: guest")
    private String user = "guest";

    @Option(names = "--password", paramLabel = "TEXT", description = "His password; '-' asks.")
    private String password = "guest";

    @Option(
            names = "--client-id",
            paramLabel = "NAME",
            description = "With a name the session stays for an hour when this command ends.")
    private @Nullable String clientId;

    @Option(names = "--qos", paramLabel = "N", description = "0 or 1. Default: 1")
    private int qos = 1;

    @Option(names = "--count", paramLabel = "N", description = "End after so many.")
    private long count = Long.MAX_VALUE;

    @Option(
            names = "--wait",
            paramLabel = "TIME",
            converter = Times.class,
            description = "End when none comes for this long: 30s, 5m. Default: never.")
    private Duration wait = Duration.ofDays(365);

    @Option(names = "--json", description = "Print JSON, for programs.")
    private boolean json;

    @Spec private @Nullable CommandSpec spec;

    private static final int STAYS_SECONDS = 3_600;

    @Override
    public Integer call() throws Exception {
        int colon = node.lastIndexOf(':');
        if (qos < 0 || qos > 1 || colon < 1 || !node.substring(colon + 1).matches("\\d{1,5}")) {
            CommandSpec here = spec;
            if (here == null) {
                throw new IllegalStateException("a command outside a command line");
            }
            throw new ParameterException(
                    here.commandLine(), "--mqtt is HOST:PORT and --qos is 0 or 1");
        }
        String secret = password.equals("-") ? Terminal.secret("Password") : password;
        InetSocketAddress address =
                new InetSocketAddress(
                        node.substring(0, colon), Integer.parseInt(node.substring(colon + 1)));
        String id = clientId;
        Output out = new Output(json);
        try (MqttPeer peer =
                MqttPeer.connect(
                        address,
                        id == null ? "" : id,
                        user,
                        secret,
                        id == null ? 0 : STAYS_SECONDS)) {
            for (String filter : filters) {
                peer.subscribe(filter, qos);
            }
            for (long left = count; left > 0; left--) {
                MqttPeer.Arrival message = peer.next(wait);
                if (message == null) {
                    break;
                }
                print(out, message);
            }
        }
        return 0;
    }

    private static void print(Output out, MqttPeer.Arrival message) throws java.io.IOException {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("topic", message.topic());
        row.put("qos", message.qos());
        row.put("retained", message.retained());
        byte[] payload = new byte[message.payload().remaining()];
        message.payload().duplicate().get(payload);
        row.put("body", new String(payload, StandardCharsets.UTF_8));
        byte[] head = (message.topic() + " ").getBytes(StandardCharsets.UTF_8);
        byte[] line = new byte[head.length + payload.length];
        System.arraycopy(head, 0, line, 0, head.length);
        System.arraycopy(payload, 0, line, head.length, payload.length);
        out.message(line, row);
    }
}
