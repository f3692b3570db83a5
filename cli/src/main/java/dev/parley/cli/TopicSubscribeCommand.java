package dev.parley.cli;

import dev.parley.client.AdminClient;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import javax.net.ssl.SSLContext;
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
            description = "The node's MQTT port. Default: 127.0.0.1:1883, with TLS 127.0.0.1:8883.")
    private @Nullable String node;

    @Option(
            names = "--cacert",
            paramLabel = "FILE",
            description =
                    "PEM: the authorities that the node's certificate is from. With it, --mqtt is"
                            + " the port with TLS. Default: $$PARLEY_CACERT, or none: no TLS.")
    private @Nullable String authorities;

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
        String trusted = Main.given(spec, authorities, "PARLEY_CACERT", "");
        SSLContext tls = trusted.isEmpty() ? null : AdminClient.trusting(Path.of(trusted));
        String usual = tls == null ? "127.0.0.1:1883" : "127.0.0.1:8883";
        String at = node == null ? usual : node;
        int colon = at.lastIndexOf(':');
        if (qos < 0 || qos > 1 || colon < 1 || !at.substring(colon + 1).matches("\\d{1,5}")) {
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
                        at.substring(0, colon), Integer.parseInt(at.substring(colon + 1)));
        String id = clientId;
        Output out = new Output(json);
        try (MqttPeer peer =
                MqttPeer.connect(
                        address,
                        tls,
                        new MqttPeer.Visitor(
                                id == null ? "" : id,
                                user,
                                secret,
                                id == null ? 0 : STAYS_SECONDS))) {
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
