package dev.parley.core.catalog;

import dev.parley.api.Reason;
import dev.parley.core.catalog.CatalogCommand.Link;
import dev.parley.core.log.Log;
import dev.parley.core.message.FieldTable;
import dev.parley.core.message.FieldValue;
import dev.parley.core.shard.Command;
import dev.parley.core.shard.Decision;
import dev.parley.core.shard.Limits;
import dev.parley.core.shard.Machine;
import dev.parley.core.shard.SnapshotWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/// Decides every change of the [Catalog]; lives on shard 0.
///
/// The rules and texts are RabbitMQ's, since its clients and their users rely on them.
public final class CatalogMachine implements Machine {
    /// Ids taken at once, so that ids of transient queues need no record each.
    private static final long ID_BLOCK = 1024;

    /// Arguments of a queue that a second declaration must repeat.
    private static final List<String> COMPARED =
            List.of(
                    "x-expires",
                    "x-message-ttl",
                    "x-dead-letter-exchange",
                    "x-dead-letter-routing-key",
                    "x-max-length",
                    "x-max-length-bytes",
                    "x-single-active-consumer",
                    "x-max-priority",
                    "x-overflow",
                    "x-delivery-limit",
                    "x-queue-type",
                    "x-queue-mode");

    private final int shards;
    private final Catalog catalog = new Catalog();
    private final CatalogRecords records = new CatalogRecords();
    private long nextId;

    public CatalogMachine(int shards) {
        this.shards = shards;
    }

    /// What there is now; read on this machine's event loop.
    public Catalog catalog() {
        return catalog;
    }

    @Override
    public void decide(Command command, Decision decision) {
        CatalogCommand asked = (CatalogCommand) command;
        CatalogReply reply =
                switch (asked) {
                    case CatalogCommand.AddHost add -> addHost(add, decision);
                    case CatalogCommand.RemoveHost remove -> {
                        change(
                                CatalogRecords.HOST_GONE,
                                records.begin().text(remove.host()),
                                true,
                                decision);
                        yield done();
                    }
                    case CatalogCommand.PutUser put -> putUser(put, decision);
                    case CatalogCommand.RemoveUser remove -> removeUser(remove, decision);
                    case CatalogCommand.Permit permit -> permit(permit, decision);
                    case CatalogCommand.Forbid forbid -> {
                        change(
                                CatalogRecords.FORBID,
                                records.begin().text(forbid.user()).text(forbid.host()),
                                true,
                                decision);
                        yield done();
                    }
                    case CatalogCommand.DeclareExchange declare ->
                            declareExchange(declare, decision);
                    case CatalogCommand.DeleteExchange delete -> deleteExchange(delete, decision);
                    case CatalogCommand.DeclareQueue declare -> declareQueue(declare, decision);
                    case CatalogCommand.RemoveQueue remove -> removeQueue(remove, decision);
                    case CatalogCommand.Bind bind -> bind(bind, decision);
                    case CatalogCommand.Unbind unbind -> unbind(unbind, decision);
                };
        if (asked.token() != 0) {
            decision.promise(() -> asked.client().onCatalogReply(asked.token(), reply));
        }
    }

    private static CatalogReply done() {
        return new CatalogReply.Done();
    }

    private static CatalogReply refused(Reason reason) {
        return new CatalogReply.Refused(reason);
    }

    /// Applies a change, through the log if it is to survive.
    private void change(int type, CatalogRecords record, boolean survives, Decision decision) {
        ByteBuffer bytes = record.bytes();
        if (survives) {
            decision.append(type, bytes.remaining()).put(bytes);
            decision.apply();
        } else {
            apply(type, 0, bytes);
        }
    }

    private CatalogReply addHost(CatalogCommand.AddHost add, Decision decision) {
        if (catalog.host(add.host()) == null) {
            if (add.host().isEmpty() || tooLong(add.host())) {
                return refused(new Reason.Invalid("a virtual host's name has 1 to 255 bytes"));
            }
            change(CatalogRecords.HOST, records.begin().text(add.host()), true, decision);
        }
        return done();
    }

    private CatalogReply putUser(CatalogCommand.PutUser put, Decision decision) {
        if (put.name().isEmpty() || tooLong(put.name())) {
            return refused(new Reason.Invalid("a user's name has 1 to 255 bytes"));
        }
        User user = new User(put.name(), put.passwordHash(), put.tags(), Map.of());
        change(CatalogRecords.USER, records.user(user), true, decision);
        return done();
    }

    private CatalogReply removeUser(CatalogCommand.RemoveUser remove, Decision decision) {
        if (catalog.user(remove.name()) == null) {
            return refused(new Reason.NotFound("no user '" + remove.name() + "'"));
        }
        change(CatalogRecords.USER_GONE, records.begin().text(remove.name()), true, decision);
        return done();
    }

    private CatalogReply permit(CatalogCommand.Permit permit, Decision decision) {
        if (catalog.user(permit.user()) == null) {
            return refused(new Reason.NotFound("no user '" + permit.user() + "'"));
        }
        if (catalog.host(permit.host()) == null) {
            return refused(new Reason.NotFound("no virtual host '" + permit.host() + "'"));
        }
        try {
            User.Permission permission =
                    new User.Permission(permit.configure(), permit.write(), permit.read());
            change(
                    CatalogRecords.PERMIT,
                    records.permit(permit.user(), permit.host(), permission),
                    true,
                    decision);
            return done();
        } catch (PatternSyntaxException e) {
            return refused(new Reason.Invalid("not a regular expression: " + e.getPattern()));
        }
    }

    // ---- exchanges

    private CatalogReply declareExchange(
            CatalogCommand.DeclareExchange declare, Decision decision) {
        VirtualHost host = catalog.host(declare.host());
        if (host == null) {
            return refused(noHost(declare.host()));
        }
        Exchange.Type type = Exchange.Type.of(declare.type());
        if (type == null) {
            return refused(
                    new Reason.Unsupported("unknown exchange type '" + declare.type() + "'"));
        }
        Exchange known = host.exchange(declare.name());
        if (known != null) {
            String different = difference(known, type, declare);
            return different == null ? done() : refused(new Reason.Precondition(different));
        }
        if (declare.name().startsWith("amq.")) {
            return refused(reserved("exchange", declare.name(), declare.host()));
        }
        if (tooLong(declare.name())) {
            return refused(new Reason.Invalid("an exchange's name has at most 255 bytes"));
        }
        Exchange exchange =
                new Exchange(
                        declare.name(),
                        type,
                        declare.durable(),
                        declare.autoDelete(),
                        declare.internal(),
                        declare.arguments());
        change(
                CatalogRecords.EXCHANGE,
                records.exchange(host.name(), exchange),
                declare.durable(),
                decision);
        return done();
    }

    private static @Nullable String difference(
            Exchange known, Exchange.Type type, CatalogCommand.DeclareExchange declare) {
        String what = "exchange '" + known.name() + "' in vhost '" + declare.host() + "'";
        if (known.type() != type) {
            return inequivalent("type", what, type.label(), known.type().label());
        }
        if (known.durable() != declare.durable()) {
            return inequivalent("durable", what, declare.durable(), known.durable());
        }
        if (known.autoDelete() != declare.autoDelete()) {
            return inequivalent("auto_delete", what, declare.autoDelete(), known.autoDelete());
        }
        if (known.internal() != declare.internal()) {
            return inequivalent("internal", what, declare.internal(), known.internal());
        }
        return differentArgument(
                List.of("alternate-exchange"), what, declare.arguments(), known.arguments());
    }

    private static String inequivalent(String arg, String what, Object received, Object current) {
        return "inequivalent arg '%s' for %s: received '%s' but current is '%s'"
                .formatted(arg, what, received, current);
    }

    private static @Nullable String differentArgument(
            List<String> names, String what, FieldTable received, FieldTable current) {
        for (String name : names) {
            FieldValue wanted = received.get(name);
            FieldValue have = current.get(name);
            if (!FieldTable.equivalent(wanted, have)) {
                return "inequivalent arg '%s' for %s: received %s but current is %s"
                        .formatted(name, what, shown(wanted), shown(have));
            }
        }
        return null;
    }

    private static String shown(@Nullable FieldValue value) {
        if (value == null) {
            return "none";
        }
        Object plain = value.asLong() != null ? value.asLong() : value.asText();
        if (value instanceof FieldValue.Bool(boolean bool)) {
            plain = bool;
        }
        return "the value '" + plain + "' of type '" + FieldValue.kind(value) + "'";
    }

    private CatalogReply deleteExchange(CatalogCommand.DeleteExchange delete, Decision decision) {
        VirtualHost host = catalog.host(delete.host());
        Exchange exchange = host == null ? null : host.exchange(delete.name());
        if (host == null || exchange == null) {
            return done();
        }
        if (exchange.name().isEmpty()) {
            return refused(defaultExchange());
        }
        if (exchange.name().startsWith("amq.")) {
            return refused(reserved("exchange", delete.name(), delete.host()));
        }
        if (delete.ifUnused() && !exchange.bindings().isEmpty()) {
            return refused(
                    new Reason.Precondition(
                            "exchange '%s' in vhost '%s' in use"
                                    .formatted(exchange.name(), host.name())));
        }
        change(
                CatalogRecords.EXCHANGE_GONE,
                records.begin().text(host.name()).text(exchange.name()),
                exchange.durable(),
                decision);
        return done();
    }

    // ---- queues

    private CatalogReply declareQueue(CatalogCommand.DeclareQueue declare, Decision decision) {
        VirtualHost host = catalog.host(declare.host());
        if (host == null) {
            return refused(noHost(declare.host()));
        }
        QueueEntry known = host.queue(declare.name());
        if (known != null) {
            return redeclare(known, declare);
        }
        if (declare.name().startsWith("amq.") && !declare.name().startsWith("amq.gen-")) {
            return refused(reserved("queue", declare.name(), declare.host()));
        }
        if (tooLong(declare.name())) {
            return refused(new Reason.Invalid("a queue's name has at most 255 bytes"));
        }
        if (catalog.queues().size() >= Limits.QUEUES) {
            return refused(new Reason.Full("there are " + Limits.QUEUES + " queues already"));
        }
        QueueEntry queue =
                new QueueEntry(
                        takeId(decision),
                        host.name(),
                        declare.name(),
                        shardOf(host.name(), declare.name()),
                        declare.durable(),
                        declare.owner(),
                        declare.autoDelete(),
                        declare.arguments());
        change(CatalogRecords.QUEUE, records.queue(queue), queue.survives(), decision);
        QueueEntry made = catalog.queue(queue.id());
        if (made == null) {
            throw new IllegalStateException("queue " + queue.id() + " was not made");
        }
        return new CatalogReply.Declared(made, true);
    }

    private static CatalogReply redeclare(QueueEntry known, CatalogCommand.DeclareQueue declare) {
        String what = "queue '" + known.name() + "' in vhost '" + known.host() + "'";
        if (known.owner() != 0 && known.owner() != declare.owner()) {
            return refused(locked(known));
        }
        String different = null;
        if (known.durable() != declare.durable()) {
            different = inequivalent("durable", what, declare.durable(), known.durable());
        } else if (known.autoDelete() != declare.autoDelete()) {
            different = inequivalent("auto_delete", what, declare.autoDelete(), known.autoDelete());
        } else if ((known.owner() != 0) != (declare.owner() != 0)) {
            different = inequivalent("exclusive", what, declare.owner() != 0, known.owner() != 0);
        } else {
            different = differentArgument(COMPARED, what, declare.arguments(), known.arguments());
        }
        return different == null
                ? new CatalogReply.Declared(known, false)
                : refused(new Reason.Precondition(different));
    }

    /// What a connection is told that touches another's exclusive queue.
    public static Reason locked(QueueEntry queue) {
        return new Reason.Locked(
                "cannot obtain exclusive access to locked queue '%s' in vhost '%s'. It could be originally declared on another connection or the exclusive property value does not match that of the original declaration."
                        .formatted(queue.name(), queue.host()));
    }

    private long takeId(Decision decision) {
        if (nextId == 0) {
            nextId = catalog.idsReserved();
        }
        if (nextId >= catalog.idsReserved()) {
            change(CatalogRecords.IDS, records.begin().number(nextId + ID_BLOCK), true, decision);
        }
        return nextId++;
    }

    /// The shard of a name, the same for ever: FNV-1a over host, a zero and name, mixed once more.
    private int shardOf(String host, String name) {
        long hash = 0xcbf29ce484222325L;
        for (byte b : (host + "\0" + name).getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ b & 0xFF) * 0x100000001b3L;
        }
        hash ^= hash >>> 32;
        hash *= 0x9E3779B97F4A7C15L;
        return (int) Long.remainderUnsigned(hash >>> 16, shards);
    }

    private CatalogReply removeQueue(CatalogCommand.RemoveQueue remove, Decision decision) {
        QueueEntry queue = catalog.queue(remove.queue());
        if (queue != null) {
            change(
                    CatalogRecords.QUEUE_GONE,
                    records.begin().number(queue.id()),
                    queue.survives(),
                    decision);
        }
        return done();
    }

    // ---- bindings

    private CatalogReply bind(CatalogCommand.Bind bind, Decision decision) {
        VirtualHost host = catalog.host(bind.host());
        if (host == null) {
            return refused(noHost(bind.host()));
        }
        Link link = bind.link();
        Reason wrong = unknownEnd(host, link);
        if (wrong != null) {
            return refused(wrong);
        }
        Exchange source = host.exchange(link.source());
        if (source != null
                && source.type() == Exchange.Type.HEADERS
                && !HeaderMatch.valid(link.arguments())) {
            return refused(
                    new Reason.Precondition(
                            "Invalid x-match field value; expected all, any, all-with-x or any-with-x"));
        }
        if (host.bindings() >= Limits.BINDINGS) {
            return refused(new Reason.Full("there are " + Limits.BINDINGS + " bindings already"));
        }
        if (host.find(link) == null) {
            change(
                    CatalogRecords.BOUND,
                    records.link(host.name(), link),
                    survives(host, link),
                    decision);
        }
        return done();
    }

    private static @Nullable Reason unknownEnd(VirtualHost host, Link link) {
        if (link.source().isEmpty() || (!link.toQueue() && link.destination().isEmpty())) {
            return defaultExchange();
        }
        if (link.toQueue() && host.queue(link.destination()) == null) {
            return noQueue(link.destination(), host.name());
        }
        if (host.exchange(link.source()) == null) {
            return noExchange(link.source(), host.name());
        }
        if (!link.toQueue() && host.exchange(link.destination()) == null) {
            return noExchange(link.destination(), host.name());
        }
        return null;
    }

    private static boolean survives(VirtualHost host, Link link) {
        Exchange source = host.exchange(link.source());
        QueueEntry queue = link.toQueue() ? host.queue(link.destination()) : null;
        Exchange exchange = link.toQueue() ? null : host.exchange(link.destination());
        boolean destination =
                queue != null ? queue.survives() : exchange != null && exchange.durable();
        return source != null && source.durable() && destination;
    }

    private CatalogReply unbind(CatalogCommand.Unbind unbind, Decision decision) {
        VirtualHost host = catalog.host(unbind.host());
        if (host == null) {
            return refused(noHost(unbind.host()));
        }
        if (unbind.link().source().isEmpty()) {
            return refused(defaultExchange());
        }
        Binding binding = host.find(unbind.link());
        if (binding != null) {
            change(
                    CatalogRecords.UNBOUND,
                    records.link(host.name(), unbind.link()),
                    binding.survives(),
                    decision);
        }
        return done();
    }

    // ---- reasons

    public static Reason noQueue(String name, String host) {
        return new Reason.NotFound("no queue '" + name + "' in vhost '" + host + "'");
    }

    public static Reason noExchange(String name, String host) {
        return new Reason.NotFound("no exchange '" + name + "' in vhost '" + host + "'");
    }

    private static Reason noHost(String host) {
        return new Reason.NotFound("no vhost '" + host + "'");
    }

    private static Reason defaultExchange() {
        return new Reason.Denied("operation not permitted on the default exchange");
    }

    private static Reason reserved(String what, String name, String host) {
        return new Reason.Denied(
                "%s name '%s' in vhost '%s' contains reserved prefix 'amq.*'"
                        .formatted(what, name, host));
    }

    private static boolean tooLong(String name) {
        return name.getBytes(StandardCharsets.UTF_8).length > Limits.NAME_BYTES;
    }

    // ---- machine

    @Override
    public void apply(int type, long position, ByteBuffer payload) {
        CatalogRecords.apply(catalog, type, payload);
    }

    @Override
    public void save(SnapshotWriter out) {
        put(out, CatalogRecords.IDS, records.begin().number(catalog.idsReserved()));
        for (VirtualHost host : catalog.hosts()) {
            put(out, CatalogRecords.HOST, records.begin().text(host.name()));
            for (Exchange exchange : host.exchanges()) {
                if (exchange.durable() && isDeclared(exchange)) {
                    put(out, CatalogRecords.EXCHANGE, records.exchange(host.name(), exchange));
                }
            }
            for (QueueEntry queue : host.queues()) {
                if (queue.survives()) {
                    put(out, CatalogRecords.QUEUE, records.queue(queue));
                }
            }
            for (Exchange exchange : host.exchanges()) {
                for (Binding binding : exchange.bindings()) {
                    if (binding.survives()) {
                        put(out, CatalogRecords.BOUND, records.link(host.name(), binding.link()));
                    }
                }
            }
        }
        for (User user : catalog.users()) {
            put(out, CatalogRecords.USER, records.user(user));
            user.permissions()
                    .forEach((host, permission) ->
                            put(
                                    out,
                                    CatalogRecords.PERMIT,
                                    records.permit(user.name(), host, permission)));
        }
        out.putByte(0);
    }

    private static boolean isDeclared(Exchange exchange) {
        return !exchange.name().isEmpty() && !exchange.name().startsWith("amq.");
    }

    private static void put(SnapshotWriter out, int type, CatalogRecords record) {
        ByteBuffer bytes = record.bytes();
        out.putByte(type).putInt(bytes.remaining());
        out.room(bytes.remaining()).put(bytes);
    }

    @Override
    public void restore(ByteBuffer in) {
        for (int type = in.get(); type != 0; type = in.get()) {
            int length = in.getInt();
            CatalogRecords.apply(catalog, type, in.slice(in.position(), length));
            in.position(in.position() + length);
        }
    }

    @Override
    public void onServing(Decision decision) {
        nextId = catalog.idsReserved();
    }

    @Override
    public void onTimer(long timer, Decision decision) {
        throw new IllegalStateException("the catalog sets no timers");
    }

    @Override
    public boolean onTurnEnd(Decision decision) {
        return false;
    }

    @Override
    public void onRead(long position, Log.@Nullable Block block, Decision decision) {
        // Reads of the other machines on this shard; the catalog makes none.
    }

    @Override
    public void onDurable(long position, Decision decision) {
        // Promises say all that is needed.
    }

    @Override
    public void onSparse(long segment, Decision decision) {
        // The catalog refers to no record: its snapshot is complete.
    }
}
