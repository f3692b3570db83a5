package dev.parley.cli;

import dev.parley.client.Session;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Works with the sessions of MQTT clients.
@Command(
        name = "session",
        description = "Works with the sessions of MQTT clients.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            SessionCommand.Listing.class,
            SessionCommand.Inspect.class,
            SessionCommand.Kick.class
        })
final class SessionCommand extends Group {
    /// The session that a command is about.
    static final class Named extends NodeOptions.Host {
        @Parameters(paramLabel = "CLIENT", description = "The client identifier.")
        String client = "";
    }

    private static String standing(Session session) {
        if (session.connected()) {
            return session.durable() ? "connected, stays" : "connected";
        }
        return "away";
    }

    @Command(
            name = "list",
            description = "Lists sessions: what waits for whom.",
            mixinStandardHelpOptions = true)
    static final class Listing implements Callable<Integer> {
        @Mixin private NodeOptions node = new NodeOptions();
        @Mixin private NodeOptions.Host host = new NodeOptions.Host();

        @Override
        public Integer call() throws Exception {
            return node.run((client, out) -> {
                List<Session> sessions = client.sessions(host.vhost);
                Table table =
                        new Table(
                                "no sessions",
                                "CLIENT",
                                "STATE",
                                "FILTERS",
                                "WAITING",
                                "IN FLIGHT",
                                "MISSED",
                                "REFUSED",
                                "PEER");
                sessions.forEach(one ->
                        table.add(
                                one.clientId(),
                                standing(one),
                                one.subscriptions(),
                                one.waiting(),
                                one.inFlight(),
                                one.missed(),
                                one.refused(),
                                one.peer() == null ? "-" : one.peer()));
                out.list(table, sessions);
            });
        }
    }

    @Command(
            name = "inspect",
            description = "Shows a session, and why what waits for it waits.",
            mixinStandardHelpOptions = true)
    static final class Inspect implements Callable<Integer> {
        @Mixin private NodeOptions node = new NodeOptions();
        @Mixin private Named named = new Named();

        @Override
        public Integer call() throws Exception {
            return node.run((client, out) -> {
                Session session = client.session(named.vhost, named.client);
                out.say(text(session), session);
            });
        }

        private static String text(Session one) {
            StringBuilder text = new StringBuilder();
            line(text, "client", one.clientId());
            line(text, "state", standing(one));
            if (one.connected()) {
                line(text, "from", one.peer() + " as " + one.user() + ", MQTT " + one.version());
            }
            line(text, "waiting", one.waiting() + " messages: " + why(one));
            line(text, "in flight", one.inFlight() + " messages");
            line(text, "unreleased", one.unreleased() + " messages of the client's own, QoS 2");
            line(
                    text,
                    "missed",
                    one.missed() + " of QoS 0" + (one.slow() == null ? "" : ", " + one.slow()));
            List<Session.Missed> missed = one.missedOf();
            if (missed != null) {
                missed.forEach(of -> line(text, "", of.count() + " of " + of.topic()));
            }
            line(text, "refused", one.refused() + " for want of room");
            if (one.endsMillis() > 0) {
                line(text, "ends", java.time.Instant.ofEpochMilli(one.endsMillis()).toString());
            }
            List<Session.Subscribed> filters = one.filters();
            if (filters != null) {
                filters.forEach(filter ->
                        line(text, "filter", filter.filter() + " at QoS " + filter.qos()));
            }
            return text.toString().stripTrailing();
        }

        private static String why(Session one) {
            if (one.waiting() == 0) {
                return "none";
            }
            if (!one.connected()) {
                return "the client is away";
            }
            return one.inFlight() > 0
                    ? "the client has as many as it takes and does not acknowledge them"
                    : "the client does not read";
        }

        private static void line(StringBuilder text, String what, String value) {
            text.append("%-12s%s%n".formatted(what, value.replaceAll("\\p{Cntrl}", "?")));
        }
    }

    @Command(
            name = "kick",
            description = "Ends a client's connection; with --end its session too.",
            mixinStandardHelpOptions = true)
    static final class Kick implements Callable<Integer> {
        @Mixin private NodeOptions node = new NodeOptions();
        @Mixin private Named named = new Named();

        @Option(names = "--end", description = "The session ends, with all that waits in it.")
        private boolean end;

        @Override
        public Integer call() throws Exception {
            return node.run((client, out) -> {
                client.kick(named.vhost, named.client, end);
                out.say(
                        (end ? "ended " : "disconnected ") + named.client,
                        Map.of("clientId", named.client, "ended", end));
            });
        }
    }
}
