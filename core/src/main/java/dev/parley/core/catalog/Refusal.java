package dev.parley.core.catalog;

import dev.parley.api.Reason;

/// The catalog's reasons to refuse, in RabbitMQ's words.
final class Refusal {
    private Refusal() {}

    static Reason noQueue(String name, String host) {
        return new Reason.NotFound("no queue '" + name + "' in vhost '" + host + "'");
    }

    static Reason noExchange(String name, String host) {
        return new Reason.NotFound("no exchange '" + name + "' in vhost '" + host + "'");
    }

    static Reason noHost(String host) {
        return new Reason.NotFound("no vhost '" + host + "'");
    }

    static Reason noUser(String user) {
        return new Reason.NotFound("no user '" + user + "'");
    }

    static Reason defaultExchange() {
        return new Reason.Denied("operation not permitted on the default exchange");
    }

    static Reason reserved(String what, String name) {
        return new Reason.Denied(
                "%s name '%s' contains reserved prefix 'amq.*'".formatted(what, name));
    }

    static Reason systemExchange(String name, String host) {
        return new Reason.Denied(
                "deletion of system exchange '%s' in vhost '%s' not allowed".formatted(name, host));
    }

    static Reason inUse(String exchange, String host) {
        return new Reason.Precondition(
                "exchange '%s' in vhost '%s' in use".formatted(exchange, host));
    }

    static Reason unknownType(String type) {
        return new Reason.Unsupported("unknown exchange type '" + type + "'");
    }

    static Reason badDelayedType(String exchange) {
        return new Reason.Precondition(
                "Invalid argument, 'x-delayed-type' must be an existing exchange type: exchange '"
                        + exchange
                        + "'");
    }

    static Reason locked(QueueEntry queue) {
        return new Reason.Locked(
                ("cannot obtain exclusive access to locked queue '%s' in vhost '%s'."
                                + " It could be originally declared on another connection or the"
                                + " exclusive property value does not match that of the original"
                                + " declaration.")
                        .formatted(queue.name(), queue.host()));
    }

    static Reason noPolicy(String name, String host) {
        return new Reason.NotFound("no policy '" + name + "' in vhost '" + host + "'");
    }

    static Reason badPolicy(String fault) {
        return new Reason.Invalid("Validation failed\n\n" + fault + "\n");
    }

    static Reason badName(String what) {
        return new Reason.Invalid("the name of " + what + " has 1 to 255 bytes");
    }

    static Reason tooMany(long bound, String things) {
        return new Reason.Full("there are " + bound + " " + things + " already");
    }

    static Reason noLimit(Bound bound, String whose) {
        return new Reason.Invalid("there is no limit '" + bound.label() + "' of " + whose);
    }

    static Reason queueLimit(String queue, String host, long most) {
        return new Reason.Precondition(
                "cannot declare queue '%s': queue limit in vhost '%s' (%d) is reached"
                        .formatted(queue, host, most));
    }

    static Reason badExpression(String expression, String fault) {
        return new Reason.Invalid(
                "not a regular expression: '%s': %s".formatted(expression, fault));
    }
}
