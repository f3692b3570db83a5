package dev.parley.core.catalog;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Somebody who may connect, and what he may do where.
///
/// @param passwordHash as the node's password checker wrote it; never a password
public record User(
        String name, String passwordHash, List<String> tags, Map<String, Permission> permissions) {
    public User {
        tags = List.copyOf(tags);
        permissions = new LinkedHashMap<>(permissions);
    }

    /// What a user may do with names in one virtual host. An empty expression permits nothing.
    public static final class Permission {
        private final String configure;
        private final String write;
        private final String read;
        private final Pattern mayConfigure;
        private final Pattern mayWrite;
        private final Pattern mayRead;

        /// @throws java.util.regex.PatternSyntaxException if one is no regular expression
        public Permission(String configure, String write, String read) {
            this.configure = configure;
            this.write = write;
            this.read = read;
            mayConfigure = compile(configure);
            mayWrite = compile(write);
            mayRead = compile(read);
        }

        private static Pattern compile(String expression) {
            return Pattern.compile(expression.isEmpty() ? "^$" : expression);
        }

        public String configure() {
            return configure;
        }

        public String write() {
            return write;
        }

        public String read() {
            return read;
        }

        public boolean mayConfigure(String thing) {
            return mayConfigure.matcher(named(thing)).find();
        }

        public boolean mayWrite(String thing) {
            return mayWrite.matcher(named(thing)).find();
        }

        public boolean mayRead(String thing) {
            return mayRead.matcher(named(thing)).find();
        }

        private static String named(String thing) {
            return thing.isEmpty() ? "amq.default" : thing;
        }
    }

    public @Nullable Permission in(String host) {
        return permissions.get(host);
    }
}
