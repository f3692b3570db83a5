package dev.parley.cli;

import dev.parley.client.User;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Works with users.
@Command(
        name = "user",
        description = "Works with users and what they may do.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            UserCommand.Listing.class,
            UserCommand.Add.class,
            UserCommand.Remove.class,
            UserCommand.Tags.class,
            UserCommand.Password.class,
            UserCommand.Permit.class,
            UserCommand.Forbid.class,
            LimitCommand.OfUser.class
        })
final class UserCommand extends Group {
    /// The user that a command is about.
    static class Named {
        @Parameters(index = "0", paramLabel = "NAME", description = "The user's name.")
        String name = "";
    }

    /// What a user may do with names in a virtual host.
    static final class Permissions extends NodeOptions.Host {
        @Option(
                names = "--configure",
                paramLabel = "REGEX",
                description = "Names that may be declared and deleted. Default: .*")
        String configure = ".*";

        @Option(
                names = "--write",
                paramLabel = "REGEX",
                description = "Names that may be published to. Default: .*")
        String write = ".*";

        @Option(
                names = "--read",
                paramLabel = "REGEX",
                description = "Names that may be consumed from. Default: .*")
        String read = ".*";

        User.Permission permission() {
            return new User.Permission(configure, write, read);
        }
    }

    /// The same with his new password.
    static final class Secret extends Named {
        @Parameters(
                index = "1",
                arity = "0..1",
                paramLabel = "PASSWORD",
                description =
                        "Without it, or with '-', it is asked for, or read from a line of"
                                + " standard input.")
        @Nullable String given;

        String password() throws java.io.IOException {
            String text = given;
            return text == null || text.equals("-") ? Terminal.secret("New password") : text;
        }
    }

    @Command(
            name = "list",
            description = "Lists the users, their tags and permissions.",
            mixinStandardHelpOptions = true)
    static final class Listing implements Callable<Integer> {
        @Mixin private NodeOptions node = new NodeOptions();

        @Override
        public Integer call() throws Exception {
            return node.run((client, out) -> {
                List<User> users = client.users();
                Table table =
                        new Table(
                                "no users", "USER", "TAGS", "VHOST", "CONFIGURE", "WRITE", "READ");
                for (User user : users) {
                    String tags = String.join(",", user.tags());
                    if (user.permissions().isEmpty()) {
                        table.add(user.name(), tags, "", "", "", "");
                    }
                    user.permissions()
                            .forEach((host, may) ->
                                    table.add(
                                            user.name(),
                                            tags,
                                            host,
                                            may.configure(),
                                            may.write(),
                                            may.read()));
                }
                out.list(table, users);
            });
        }
    }

    @Command(
            name = "add",
            description =
                    "Adds a user, who may then do in a virtual host what the options say. An"
                            + " existing user gets a new password and new tags.",
            mixinStandardHelpOptions = true)
    static final class Add implements Callable<Integer> {
        @Mixin private NodeOptions node = new NodeOptions();
        @Mixin private Secret named = new Secret();
        @Mixin private Permissions permissions = new Permissions();

        @Option(
                names = "--tag",
                paramLabel = "TAG",
                description = "A tag, such as administrator; may be given often.")
        private List<String> tags = new ArrayList<>();

        @Override
        public Integer call() throws Exception {
            return node.run((client, out) -> {
                client.putUser(named.name, named.password(), tags);
                client.permit(named.name, permissions.vhost, permissions.permission());
                out.say("added " + named.name, Map.of("user", named.name, "tags", tags));
            });
        }
    }

    @Command(
            name = "remove",
            aliases = "delete",
            description = "Removes a user.",
            mixinStandardHelpOptions = true)
    static final class Remove implements Callable<Integer> {
        @Mixin private NodeOptions node = new NodeOptions();
        @Mixin private Named named = new Named();

        @Override
        public Integer call() throws Exception {
            return node.run((client, out) -> {
                client.removeUser(named.name);
                out.say("removed " + named.name, Map.of("user", named.name));
            });
        }
    }

    @Command(
            name = "tags",
            description = "Gives a user these tags and no others.",
            mixinStandardHelpOptions = true)
    static final class Tags implements Callable<Integer> {
        @Mixin private NodeOptions node = new NodeOptions();
        @Mixin private Named named = new Named();

        @Parameters(
                index = "1..*",
                arity = "0..*",
                paramLabel = "TAG",
                description = "Tags, such as administrator; without any, the user has none.")
        private List<String> tags = new ArrayList<>();

        @Override
        public Integer call() throws Exception {
            return node.run((client, out) -> {
                client.changeTags(named.name, tags);
                String shown = tags.isEmpty() ? "no tags" : String.join(",", tags);
                out.say(
                        "%s has %s".formatted(named.name, shown),
                        Map.of("user", named.name, "tags", tags));
            });
        }
    }

    @Command(
            name = "password",
            description = "Gives a user a new password.",
            mixinStandardHelpOptions = true)
    static final class Password implements Callable<Integer> {
        @Mixin private NodeOptions node = new NodeOptions();
        @Mixin private Secret named = new Secret();

        @Override
        public Integer call() throws Exception {
            return node.run((client, out) -> {
                client.changePassword(named.name, named.password());
                out.say("changed the password of " + named.name, Map.of("user", named.name));
            });
        }
    }

    @Command(
            name = "permit",
            description = "Says what a user may do in a virtual host.",
            mixinStandardHelpOptions = true)
    static final class Permit implements Callable<Integer> {
        @Mixin private NodeOptions node = new NodeOptions();
        @Mixin private Named named = new Named();
        @Mixin private Permissions permissions = new Permissions();

        @Override
        public Integer call() throws Exception {
            return node.run((client, out) -> {
                User.Permission permission = permissions.permission();
                client.permit(named.name, permissions.vhost, permission);
                Map<String, Object> said = new LinkedHashMap<>();
                said.put("user", named.name);
                said.put("vhost", permissions.vhost);
                said.put("permission", permission);
                out.say("permitted %s in %s".formatted(named.name, permissions.vhost), said);
            });
        }
    }

    @Command(
            name = "forbid",
            description = "Takes a user's permissions in a virtual host away.",
            mixinStandardHelpOptions = true)
    static final class Forbid implements Callable<Integer> {
        @Mixin private NodeOptions node = new NodeOptions();
        @Mixin private Named named = new Named();
        @Mixin private NodeOptions.Host host = new NodeOptions.Host();

        @Override
        public Integer call() throws Exception {
            return node.run((client, out) -> {
                client.forbid(named.name, host.vhost);
                out.say(
                        "%s may do nothing in %s".formatted(named.name, host.vhost),
                        Map.of("user", named.name, "vhost", host.vhost));
            });
        }
    }
}
