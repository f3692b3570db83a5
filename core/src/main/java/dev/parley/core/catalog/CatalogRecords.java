package dev.parley.core.catalog;

import dev.parley.core.catalog.CatalogCommand.Link;
import dev.parley.core.message.FieldTable;
import dev.parley.core.message.ShortText;
import dev.parley.core.shard.Pattern;
import dev.parley.core.shard.SnapshotWriter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// Changes of the catalog as bytes, laid out as `docs/formats/catalog.md` says, and the one place
/// that applies them.
final class CatalogRecords {
    static final int HOST = Pattern.CATALOG.firstType();
    static final int HOST_GONE = HOST + 1;
    static final int USER = HOST + 2;
    static final int USER_GONE = HOST + 3;
    static final int PERMIT = HOST + 4;
    static final int FORBID = HOST + 5;
    static final int EXCHANGE = HOST + 6;
    static final int EXCHANGE_GONE = HOST + 7;
    static final int QUEUE = HOST + 8;
    static final int QUEUE_GONE = HOST + 9;
    static final int BOUND = HOST + 10;
    static final int UNBOUND = HOST + 11;
    static final int IDS = HOST + 12;
    static final int PERMIT_TOPIC = HOST + 13;
    static final int FORBID_TOPIC = HOST + 14;
    static final int POLICY = HOST + 15;
    static final int POLICY_GONE = HOST + 16;
    static final int USER_LIMIT = HOST + 17;
    static final int HOST_LIMIT = HOST + 18;

    private ByteBuffer out = ByteBuffer.allocate(4096);

    /// A change under construction; the buffer is this object's and reused.
    CatalogRecords begin() {
        out.clear();
        return this;
    }

    CatalogRecords text(String text) {
        byte[] bytes = ShortText.bytes(text);
        room(4 + bytes.length).putInt(bytes.length).put(bytes);
        return this;
    }

    CatalogRecords number(long number) {
        room(8).putLong(number);
        return this;
    }

    CatalogRecords table(FieldTable table) {
        table.write(room(table.encodedSize()));
        return this;
    }

    ByteBuffer bytes() {
        return out.duplicate().flip();
    }

    private ByteBuffer room(int bytes) {
        if (out.remaining() < bytes) {
            ByteBuffer larger =
                    ByteBuffer.allocate(Math.max(out.capacity() * 2, out.position() + bytes));
            out = larger.put(out.flip());
        }
        return out;
    }

    CatalogRecords user(User user) {
        begin().text(user.name()).text(user.passwordHash()).number(user.tags().size());
        user.tags().forEach(this::text);
        return this;
    }

    CatalogRecords permit(String user, String host, User.Permission permission) {
        return begin().text(user)
                .text(host)
                .text(permission.configure())
                .text(permission.write())
                .text(permission.read());
    }

    CatalogRecords permitTopic(String user, String host, User.TopicPermission permission) {
        return begin().text(user)
                .text(host)
                .text(permission.exchange())
                .text(permission.write())
                .text(permission.read());
    }

    CatalogRecords policy(Policy policy) {
        return begin().text(policy.host())
                .number(policy.operator() ? 1 : 0)
                .text(policy.name())
                .text(policy.pattern())
                .text(policy.target().label())
                .number(policy.priority())
                .table(policy.definition());
    }

    /// @param whose a user or a virtual host, as the type of the record says
    CatalogRecords limit(String whose, Bound bound, long most) {
        return begin().text(whose).text(bound.label()).number(most);
    }

    CatalogRecords exchange(String host, Exchange exchange) {
        int flags =
                (exchange.durable() ? 1 : 0)
                        | (exchange.autoDelete() ? 2 : 0)
                        | (exchange.internal() ? 4 : 0);
        return begin().text(host)
                .text(exchange.name())
                .text(exchange.type().label())
                .number(flags)
                .table(exchange.arguments());
    }

    CatalogRecords queue(QueueEntry queue) {
        int flags = (queue.durable() ? 1 : 0) | (queue.autoDelete() ? 2 : 0);
        return begin().number(queue.id())
                .text(queue.host())
                .text(queue.name())
                .number(queue.shard())
                .number(flags)
                .number(queue.owner())
                .table(queue.arguments());
    }

    CatalogRecords link(String host, Link link) {
        return begin().text(host)
                .text(link.source())
                .text(link.destination())
                .number(link.toQueue() ? 1 : 0)
                .text(link.routingKey())
                .table(link.arguments());
    }

    /// Changes the catalog by one record; the same live, at replay, and on every copy.
    static void apply(Catalog catalog, int type, ByteBuffer in) {
        if (type == HOST) {
            catalog.add(newHost(readText(in)));
        } else if (type == HOST_GONE) {
            catalog.removeHost(readText(in));
        } else if (type == USER) {
            applyUser(catalog, in);
        } else if (type == USER_GONE) {
            catalog.removeUser(readText(in));
        } else if (type == PERMIT || type == FORBID) {
            applyPermission(catalog, type == PERMIT, in);
        } else if (type == PERMIT_TOPIC || type == FORBID_TOPIC) {
            applyTopicPermission(catalog, type == PERMIT_TOPIC, in);
        } else if (type == POLICY || type == POLICY_GONE) {
            applyPolicy(catalog, type == POLICY, in);
        } else if (type == USER_LIMIT || type == HOST_LIMIT) {
            applyLimit(catalog, type == USER_LIMIT, in);
        } else if (type == EXCHANGE) {
            applyExchange(catalog, in);
        } else if (type == EXCHANGE_GONE) {
            VirtualHost host = catalog.host(readText(in));
            Exchange exchange = host == null ? null : host.exchange(readText(in));
            if (host != null && exchange != null) {
                host.remove(exchange);
            }
        } else if (type == QUEUE) {
            applyQueue(catalog, in);
        } else if (type == QUEUE_GONE) {
            QueueEntry queue = catalog.queue(in.getLong());
            if (queue != null) {
                catalog.remove(queue);
            }
        } else if (type == BOUND || type == UNBOUND) {
            applyLink(catalog, type == BOUND, in);
        } else if (type == IDS) {
            catalog.reserveIds(in.getLong());
        } else {
            throw new IllegalStateException("unknown catalog record " + type);
        }
    }

    /// Writes the changes that build what survives of the catalog, ended by a zero.
    void save(Catalog catalog, SnapshotWriter out) {
        put(out, IDS, begin().number(catalog.idsReserved()));
        for (VirtualHost host : catalog.hosts()) {
            save(host, out);
        }
        for (User user : catalog.users()) {
            put(out, USER, user(user));
            user.limits()
                    .forEach(
                            (bound, most) -> put(out, USER_LIMIT, limit(user.name(), bound, most)));
            user.permissions()
                    .forEach((host, permission) ->
                            put(out, PERMIT, permit(user.name(), host, permission)));
            for (VirtualHost host : catalog.hosts()) {
                for (User.TopicPermission topic : user.topicPermissions(host.name())) {
                    put(out, PERMIT_TOPIC, permitTopic(user.name(), host.name(), topic));
                }
            }
        }
        out.putByte(0);
    }

    private void save(VirtualHost host, SnapshotWriter out) {
        put(out, HOST, begin().text(host.name()));
        host.policies(false).forEach(policy -> put(out, POLICY, policy(policy)));
        host.policies(true).forEach(policy -> put(out, POLICY, policy(policy)));
        host.limits()
                .forEach((bound, most) -> put(out, HOST_LIMIT, limit(host.name(), bound, most)));
        for (Exchange exchange : host.exchanges()) {
            if (exchange.durable() && !isBuiltIn(exchange)) {
                put(out, EXCHANGE, exchange(host.name(), exchange));
            }
        }
        for (QueueEntry queue : host.queues()) {
            if (queue.survives()) {
                put(out, QUEUE, queue(queue));
            }
        }
        for (Exchange exchange : host.exchanges()) {
            for (Binding binding : exchange.bindings()) {
                if (binding.survives()) {
                    put(out, BOUND, link(host.name(), binding.link()));
                }
            }
        }
    }

    private static void put(SnapshotWriter out, int type, CatalogRecords record) {
        ByteBuffer bytes = record.bytes();
        out.putByte(type).putInt(bytes.remaining());
        out.room(bytes.remaining()).put(bytes);
    }

    static void restore(Catalog catalog, ByteBuffer in) {
        for (int type = in.get(); type != 0; type = in.get()) {
            int length = in.getInt();
            if (length < 0 || length > in.remaining()) {
                throw new IllegalStateException(
                        "a change of " + length + " bytes in a catalog snapshot");
            }
            apply(catalog, type, in.slice(in.position(), length));
            in.position(in.position() + length);
        }
    }

    private static boolean isBuiltIn(Exchange exchange) {
        return exchange.name().isEmpty() || exchange.name().startsWith("amq.");
    }

    private static VirtualHost newHost(String name) {
        VirtualHost host = new VirtualHost(name);
        host.add(builtIn("", Exchange.Type.DIRECT, false));
        host.add(builtIn("amq.direct", Exchange.Type.DIRECT, false));
        host.add(builtIn("amq.fanout", Exchange.Type.FANOUT, false));
        host.add(builtIn("amq.topic", Exchange.Type.TOPIC, false));
        host.add(builtIn("amq.headers", Exchange.Type.HEADERS, false));
        host.add(builtIn("amq.match", Exchange.Type.HEADERS, false));
        host.add(builtIn("amq.rabbitmq.trace", Exchange.Type.TOPIC, true));
        return host;
    }

    private static Exchange builtIn(String name, Exchange.Type type, boolean internal) {
        return new Exchange(name, type, true, false, internal, FieldTable.EMPTY);
    }

    private static void applyUser(Catalog catalog, ByteBuffer in) {
        String name = readText(in);
        String hash = readText(in);
        List<String> tags = new ArrayList<>();
        for (long n = in.getLong(); n > 0; n--) {
            tags.add(readText(in));
        }
        catalog.put(new User(name, hash, tags, catalog.user(name)));
    }

    private static void applyPermission(Catalog catalog, boolean permit, ByteBuffer in) {
        User user = catalog.user(readText(in));
        String host = readText(in);
        if (user != null && permit) {
            user.permit(host, new User.Permission(readText(in), readText(in), readText(in)));
        } else if (user != null) {
            user.forbid(host);
        }
    }

    private static void applyTopicPermission(Catalog catalog, boolean permit, ByteBuffer in) {
        User user = catalog.user(readText(in));
        String host = readText(in);
        String exchange = readText(in);
        if (user != null && permit) {
            user.permitTopic(
                    new User.TopicPermission(
                            user.name(), host, exchange, readText(in), readText(in)));
        } else if (user != null) {
            user.forbidTopic(host, exchange);
        }
    }

    private static void applyPolicy(Catalog catalog, boolean put, ByteBuffer in) {
        VirtualHost host = catalog.host(readText(in));
        boolean operator = in.getLong() == 1;
        String name = readText(in);
        if (host != null && put) {
            host.put(
                    new Policy(
                            host.name(),
                            name,
                            operator,
                            readText(in),
                            readTarget(in),
                            in.getLong(),
                            FieldTable.read(in)));
        } else if (host != null) {
            host.removePolicy(operator, name);
        }
    }

    private static Policy.Target readTarget(ByteBuffer in) {
        String label = readText(in);
        Policy.Target target = Policy.Target.of(label);
        if (target == null) {
            throw new IllegalStateException("policy target '" + label + "' in a catalog record");
        }
        return target;
    }

    private static void applyLimit(Catalog catalog, boolean ofUser, ByteBuffer in) {
        String whose = readText(in);
        String label = readText(in);
        Bound bound = Bound.of(label);
        if (bound == null) {
            throw new IllegalStateException("limit '" + label + "' in a catalog record");
        }
        long most = in.getLong();
        User user = ofUser ? catalog.user(whose) : null;
        VirtualHost host = ofUser ? null : catalog.host(whose);
        if (user != null) {
            user.limit(bound, most);
        } else if (host != null) {
            host.limit(bound, most);
        }
    }

    private static void applyExchange(Catalog catalog, ByteBuffer in) {
        VirtualHost host = catalog.host(readText(in));
        String name = readText(in);
        String label = readText(in);
        Exchange.Type type = Exchange.Type.of(label);
        if (type == null) {
            throw new IllegalStateException("exchange type '" + label + "' in a catalog record");
        }
        long flags = in.getLong();
        FieldTable arguments = FieldTable.read(in);
        if (host != null) {
            host.add(
                    new Exchange(
                            name,
                            type,
                            (flags & 1) != 0,
                            (flags & 2) != 0,
                            (flags & 4) != 0,
                            arguments));
        }
    }

    private static void applyQueue(Catalog catalog, ByteBuffer in) {
        long id = in.getLong();
        VirtualHost host = catalog.host(readText(in));
        String name = readText(in);
        int shard = (int) in.getLong();
        long flags = in.getLong();
        long owner = in.getLong();
        FieldTable arguments = FieldTable.read(in);
        if (host != null) {
            catalog.add(
                    host,
                    new QueueEntry(
                            id,
                            host.name(),
                            name,
                            shard,
                            (flags & 1) != 0,
                            owner,
                            (flags & 2) != 0,
                            arguments));
        }
    }

    private static void applyLink(Catalog catalog, boolean bound, ByteBuffer in) {
        VirtualHost host = catalog.host(readText(in));
        Link link =
                new Link(
                        readText(in),
                        readText(in),
                        in.getLong() == 1,
                        readText(in),
                        FieldTable.read(in));
        if (host == null) {
            return;
        }
        Binding known = host.find(link);
        if (!bound) {
            if (known != null) {
                host.remove(known);
            }
            return;
        }
        Exchange source = host.exchange(link.source());
        QueueEntry queue = link.toQueue() ? host.queue(link.destination()) : null;
        Exchange exchange = link.toQueue() ? null : host.exchange(link.destination());
        boolean complete = source != null && (queue != null || exchange != null);
        if (known == null && source != null && complete) {
            host.add(new Binding(source, queue, exchange, link));
        }
    }

    private static String readText(ByteBuffer in) {
        int length = in.getInt();
        if (length < 0 || length > in.remaining()) {
            throw new IllegalStateException("a text of " + length + " bytes in a catalog record");
        }
        byte[] bytes = new byte[length];
        in.get(bytes);
        return ShortText.decoded(bytes);
    }
}
