package dev.parley.core.catalog;

import dev.parley.api.Reason;
import dev.parley.core.catalog.CatalogCommand.Link;
import dev.parley.core.log.Log;
import dev.parley.core.message.ShortText;
import dev.parley.core.shard.Command;
import dev.parley.core.shard.Decision;
import dev.parley.core.shard.Limits;
import dev.parley.core.shard.Machine;
import dev.parley.core.shard.SnapshotWriter;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/// Decides every change of the [Catalog]; lives on shard 0.
///
/// The rules and texts are RabbitMQ's, since its clients and their users rely on them.
public final class CatalogMachine implements Machine {
    /// Ids taken at once, so that ids of transient queues need no record each.
    private static final long ID_BLOCK = 1024;

    /// One more virtual host is refused.
    static final int HOSTS_MAX = 10_000;

    /// One more user is refused.
    static final int USERS_MAX = 1_000_000;

    /// Tags of one user, and permissions of one user in all hosts: one more is refused.
    static final int TAGS_MAX = 64;

    static final int PERMISSIONS_MAX = 10_000;

    /// Exchanges of one virtual host: one more is refused.
    static final int EXCHANGES_MAX = 1_000_000;

    /// Policies of one virtual host, and as many operator policies: one more is refused.
    static final int POLICIES_MAX = 1_000;

    private final int shards;
    private final Catalog catalog = new Catalog();
    private final CatalogRecords records = new CatalogRecords();
    private final List<Follower> followers = new ArrayList<>();
    private final Set<QueueEntry> reshaped = new LinkedHashSet<>();

    /// Virtual hosts that this turn has removed.
    private final Set<String> gone = new LinkedHashSet<>();

    /// Users that this turn has removed.
    private final Set<String> usersGone = new LinkedHashSet<>();

    /// Users who may do something else since this turn.
    private final Set<String> regarded = new LinkedHashSet<>();

    private long nextId;
    private boolean changed;

    /// The newest record; every answer rests on it.
    private long changedAt;

    /// @param shards over how many shards queues are spread; part of the node's identity
    public CatalogMachine(int shards) {
        this.shards = shards;
    }

    /// What there is now; read on this machine's event loop.
    public Catalog catalog() {
        return catalog;
    }

    /// Tells `follower` of changes from now on.
    public void follow(Follower follower) {
        followers.add(follower);
    }

    @Override
    public void decide(Command command, Decision decision) {
        CatalogCommand asked = (CatalogCommand) command;
        CatalogReply reply =
                switch (asked) {
                    case CatalogCommand.AddHost add -> addHost(add, decision);
                    case CatalogCommand.RemoveHost remove -> removeHost(remove, decision);
                    case CatalogCommand.PutUser put -> putUser(put, decision);
                    case CatalogCommand.RemoveUser remove -> removeUser(remove, decision);
                    case CatalogCommand.Permit permit -> permit(permit, decision);
                    case CatalogCommand.Forbid forbid -> forbid(forbid, decision);
                    case CatalogCommand.PermitTopic permit -> permitTopic(permit, decision);
                    case CatalogCommand.ForbidTopic forbid -> forbidTopic(forbid, decision);
                    case CatalogCommand.PutPolicy put -> putPolicy(put, decision);
                    case CatalogCommand.RemovePolicy remove -> removePolicy(remove, decision);
                    case CatalogCommand.LimitUser limit -> limitUser(limit, decision);
                    case CatalogCommand.LimitHost limit -> limitHost(limit, decision);
                    case CatalogCommand.DeclareExchange declare ->
                            declareExchange(declare, decision);
                    case CatalogCommand.DeleteExchange delete -> deleteExchange(delete, decision);
                    case CatalogCommand.DeclareQueue declare -> declareQueue(declare, decision);
                    case CatalogCommand.RemoveQueue remove -> {
                        QueueEntry queue = catalog.queue(remove.queue());
                        yield removeQueues(queue == null ? List.of() : List.of(queue), decision);
                    }
                    case CatalogCommand.RemoveOwned remove ->
                            removeQueues(catalog.owned(remove.owner()), decision);
                    case CatalogCommand.Bind bind -> bind(bind, decision);
                    case CatalogCommand.Unbind unbind -> unbind(unbind, decision);
                };
        if (asked.token() != 0) {
            decision.promise(changedAt, () -> asked.client().onCatalogReply(asked.token(), reply));
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

    // ---- hosts and users

    private CatalogReply addHost(CatalogCommand.AddHost add, Decision decision) {
        if (catalog.host(add.host()) != null) {
            return done();
        }
        if (add.host().isEmpty() || tooLong(add.host())) {
            return refused(Refusal.badName("a virtual host"));
        }
        if (gone.contains(add.host())) {
            return refused(new Reason.Unavailable("the virtual host is being removed"));
        }
        if (catalog.hosts().size() >= HOSTS_MAX) {
            return refused(Refusal.tooMany(HOSTS_MAX, "virtual hosts"));
        }
        change(CatalogRecords.HOST, records.begin().text(add.host()), true, decision);
        return done();
    }

    private CatalogReply removeHost(CatalogCommand.RemoveHost remove, Decision decision) {
        VirtualHost host = catalog.host(remove.host());
        if (host == null) {
            return refused(Refusal.noHost(remove.host()));
        }
        List<QueueEntry> queues = List.copyOf(host.queues());
        change(CatalogRecords.HOST_GONE, records.begin().text(host.name()), true, decision);
        gone.add(host.name());
        return new CatalogReply.Removed(queues);
    }

    private CatalogReply putUser(CatalogCommand.PutUser put, Decision decision) {
        if (put.name().isEmpty() || tooLong(put.name())) {
            return refused(Refusal.badName("a user"));
        }
        if (put.tags().size() > TAGS_MAX || put.tags().stream().anyMatch(tag -> tooLong(tag))) {
            return refused(
                    new Reason.Invalid(
                            "a user has at most " + TAGS_MAX + " tags of at most 255 bytes"));
        }
        if (catalog.user(put.name()) == null && catalog.users().size() >= USERS_MAX) {
            return refused(Refusal.tooMany(USERS_MAX, "users"));
        }
        User user = new User(put.name(), put.passwordHash(), put.tags(), null);
        change(CatalogRecords.USER, records.user(user), true, decision);
        regarded.add(put.name());
        return done();
    }

    private CatalogReply removeUser(CatalogCommand.RemoveUser remove, Decision decision) {
        if (catalog.user(remove.name()) == null) {
            return refused(Refusal.noUser(remove.name()));
        }
        change(CatalogRecords.USER_GONE, records.begin().text(remove.name()), true, decision);
        usersGone.add(remove.name());
        return done();
    }

    private CatalogReply permit(CatalogCommand.Permit permit, Decision decision) {
        User user = catalog.user(permit.user());
        Reason wrong = unknownGrant(user, permit.user(), permit.host());
        if (user == null || wrong != null) {
            return refused(wrong == null ? Refusal.noUser(permit.user()) : wrong);
        }
        if (user.in(permit.host()) == null && user.permissionCount() >= PERMISSIONS_MAX) {
            return refused(Refusal.tooMany(PERMISSIONS_MAX, "permissions of this user"));
        }
        try {
            User.Permission permission =
                    new User.Permission(permit.configure(), permit.write(), permit.read());
            change(
                    CatalogRecords.PERMIT,
                    records.permit(permit.user(), permit.host(), permission),
                    true,
                    decision);
            regarded.add(permit.user());
            return done();
        } catch (PatternSyntaxException e) {
            return refused(Refusal.badExpression(e.getPattern(), e.getDescription()));
        }
    }

    private CatalogReply forbid(CatalogCommand.Forbid forbid, Decision decision) {
        User user = catalog.user(forbid.user());
        if (user == null) {
            return refused(Refusal.noUser(forbid.user()));
        }
        if (user.in(forbid.host()) != null) {
            change(
                    CatalogRecords.FORBID,
                    records.begin().text(forbid.user()).text(forbid.host()),
                    true,
                    decision);
            regarded.add(forbid.user());
        }
        return done();
    }

    private CatalogReply permitTopic(CatalogCommand.PermitTopic permit, Decision decision) {
        User user = catalog.user(permit.user());
        Reason wrong = unknownGrant(user, permit.user(), permit.host());
        if (user == null || wrong != null) {
            return refused(wrong == null ? Refusal.noUser(permit.user()) : wrong);
        }
        if (tooLong(permit.exchange())) {
            return refused(Refusal.badName("an exchange"));
        }
        if (user.topic(permit.host(), permit.exchange()) == null
                && user.permissionCount() >= PERMISSIONS_MAX) {
            return refused(Refusal.tooMany(PERMISSIONS_MAX, "permissions of this user"));
        }
        try {
            User.TopicPermission permission =
                    new User.TopicPermission(
                            user.name(),
                            permit.host(),
                            permit.exchange(),
                            permit.write(),
                            permit.read());
            change(
                    CatalogRecords.PERMIT_TOPIC,
                    records.permitTopic(user.name(), permit.host(), permission),
                    true,
                    decision);
            regarded.add(permit.user());
            return done();
        } catch (PatternSyntaxException e) {
            return refused(Refusal.badExpression(e.getPattern(), e.getDescription()));
        }
    }

    private CatalogReply forbidTopic(CatalogCommand.ForbidTopic forbid, Decision decision) {
        User user = catalog.user(forbid.user());
        if (user == null) {
            return refused(Refusal.noUser(forbid.user()));
        }
        if (user.topic(forbid.host(), forbid.exchange()) != null) {
            change(
                    CatalogRecords.FORBID_TOPIC,
                    records.begin().text(forbid.user()).text(forbid.host()).text(forbid.exchange()),
                    true,
                    decision);
            regarded.add(forbid.user());
        }
        return done();
    }

    private CatalogReply limitUser(CatalogCommand.LimitUser limit, Decision decision) {
        User user = catalog.user(limit.user());
        if (user == null) {
            return refused(Refusal.noUser(limit.user()));
        }
        if (limit.bound() == Bound.QUEUES) {
            return refused(Refusal.noLimit(limit.bound(), "a user"));
        }
        if (user.most(limit.bound()) != limit.most()) {
            change(
                    CatalogRecords.USER_LIMIT,
                    records.limit(limit.user(), limit.bound(), limit.most()),
                    true,
                    decision);
        }
        return done();
    }

    private CatalogReply limitHost(CatalogCommand.LimitHost limit, Decision decision) {
        VirtualHost host = catalog.host(limit.host());
        if (host == null) {
            return refused(Refusal.noHost(limit.host()));
        }
        if (limit.bound() == Bound.CHANNELS) {
            return refused(Refusal.noLimit(limit.bound(), "a vhost"));
        }
        if (host.most(limit.bound()) != limit.most()) {
            change(
                    CatalogRecords.HOST_LIMIT,
                    records.limit(limit.host(), limit.bound(), limit.most()),
                    true,
                    decision);
        }
        return done();
    }

    private @Nullable Reason unknownGrant(@Nullable User user, String name, String host) {
        if (user == null) {
            return Refusal.noUser(name);
        }
        return catalog.host(host) == null ? Refusal.noHost(host) : null;
    }

    // ---- policies

    private CatalogReply putPolicy(CatalogCommand.PutPolicy put, Decision decision) {
        VirtualHost host = catalog.host(put.host());
        if (host == null) {
            return refused(Refusal.noHost(put.host()));
        }
        if (put.name().isEmpty() || tooLong(put.name())) {
            return refused(Refusal.badName("a policy"));
        }
        String fault = PolicySetting.fault(put.operator(), put.definition());
        if (fault != null) {
            return refused(Refusal.badPolicy(fault));
        }
        Policy before = host.policy(put.operator(), put.name());
        if (before == null && host.policies(put.operator()).size() >= POLICIES_MAX) {
            return refused(Refusal.tooMany(POLICIES_MAX, "policies"));
        }
        try {
            Policy policy =
                    new Policy(
                            host.name(),
                            put.name(),
                            put.operator(),
                            put.expression(),
                            put.target(),
                            put.priority(),
                            put.definition());
            reshaped.addAll(host.queuesUnder(before));
            change(CatalogRecords.POLICY, records.policy(policy), true, decision);
            reshaped.addAll(host.queuesUnder(host.policy(put.operator(), put.name())));
            return done();
        } catch (PatternSyntaxException e) {
            return refused(
                    Refusal.badPolicy(
                            "pattern should be regular expression but is invalid: "
                                    + e.getDescription()));
        }
    }

    private CatalogReply removePolicy(CatalogCommand.RemovePolicy remove, Decision decision) {
        VirtualHost host = catalog.host(remove.host());
        if (host == null) {
            return refused(Refusal.noHost(remove.host()));
        }
        Policy policy = host.policy(remove.operator(), remove.name());
        if (policy == null) {
            return refused(Refusal.noPolicy(remove.name(), host.name()));
        }
        reshaped.addAll(host.queuesUnder(policy));
        change(
                CatalogRecords.POLICY_GONE,
                records.begin()
                        .text(host.name())
                        .number(remove.operator() ? 1 : 0)
                        .text(remove.name()),
                true,
                decision);
        return done();
    }

    // ---- exchanges

    private CatalogReply declareExchange(
            CatalogCommand.DeclareExchange declare, Decision decision) {
        VirtualHost host = catalog.host(declare.host());
        if (host == null) {
            return refused(Refusal.noHost(declare.host()));
        }
        Exchange.Type type = Exchange.Type.of(declare.type());
        if (type == null) {
            return refused(Refusal.unknownType(declare.type()));
        }
        if (type == Exchange.Type.DELAYED && Exchange.delayedType(declare.arguments()) == null) {
            return refused(Refusal.badDelayedType(declare.name()));
        }
        if (declare.name().isEmpty()) {
            return refused(Refusal.defaultExchange());
        }
        Exchange known = host.exchange(declare.name());
        if (known != null) {
            String different = Equivalence.fault(known, type, declare);
            return different == null ? done() : refused(new Reason.Precondition(different));
        }
        if (declare.name().startsWith("amq.")) {
            return refused(Refusal.reserved("exchange", declare.name()));
        }
        if (tooLong(declare.name())) {
            return refused(Refusal.badName("an exchange"));
        }
        if (host.exchanges().size() >= EXCHANGES_MAX) {
            return refused(Refusal.tooMany(EXCHANGES_MAX, "exchanges"));
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

    private CatalogReply deleteExchange(CatalogCommand.DeleteExchange delete, Decision decision) {
        if (delete.name().isEmpty()) {
            return refused(Refusal.defaultExchange());
        }
        if (delete.name().startsWith("amq.")) {
            return refused(Refusal.systemExchange(delete.name(), delete.host()));
        }
        VirtualHost host = catalog.host(delete.host());
        Exchange exchange = host == null ? null : host.exchange(delete.name());
        if (host == null || exchange == null) {
            return done();
        }
        if (delete.ifUnused() && !exchange.bindings().isEmpty()) {
            return refused(Refusal.inUse(exchange.name(), host.name()));
        }
        Set<Exchange> sources = goingSources(exchange.incoming());
        removeExchange(host, exchange, decision);
        removeUnused(host, sources, decision);
        return done();
    }

    private void removeExchange(VirtualHost host, Exchange exchange, Decision decision) {
        change(
                CatalogRecords.EXCHANGE_GONE,
                records.begin().text(host.name()).text(exchange.name()),
                exchange.durable(),
                decision);
    }

    /// Those sources of bindings that go with their last binding.
    private static Set<Exchange> goingSources(Collection<Binding> bindings) {
        Set<Exchange> sources = new LinkedHashSet<>();
        for (Binding binding : bindings) {
            if (binding.source().autoDelete()) {
                sources.add(binding.source());
            }
        }
        return sources;
    }

    /// Removes those of `sources` that have no binding left, and what goes with them in turn.
    ///
    /// Decided here and logged, not left to whoever applies the loss of the last binding: a
    /// transient binding keeps an exchange, or takes it along, of which the log knows nothing.
    private void removeUnused(VirtualHost host, Set<Exchange> sources, Decision decision) {
        ArrayDeque<Exchange> toCheck = new ArrayDeque<>(sources);
        for (Exchange source; (source = toCheck.poll()) != null; ) {
            if (source.bindings().isEmpty() && host.exchange(source.name()) == source) {
                toCheck.addAll(goingSources(source.incoming()));
                removeExchange(host, source, decision);
            }
        }
    }

    // ---- queues

    private CatalogReply declareQueue(CatalogCommand.DeclareQueue declare, Decision decision) {
        VirtualHost host = catalog.host(declare.host());
        if (host == null) {
            return refused(Refusal.noHost(declare.host()));
        }
        QueueEntry known = host.queue(declare.name());
        if (known != null) {
            return redeclare(known, declare);
        }
        // The names that the node makes up for clients come from here too.
        if (declare.name().startsWith("amq.") && !declare.name().startsWith("amq.gen-")) {
            return refused(Refusal.reserved("queue", declare.name()));
        }
        if (declare.name().isEmpty() || tooLong(declare.name())) {
            return refused(Refusal.badName("a queue"));
        }
        long most = host.most(Bound.QUEUES);
        if (most >= 0 && host.queues().size() >= most) {
            return refused(Refusal.queueLimit(declare.name(), host.name(), most));
        }
        if (catalog.queues().size() >= Limits.QUEUES) {
            return refused(Refusal.tooMany(Limits.QUEUES, "queues"));
        }
        QueueEntry queue =
                new QueueEntry(
                        takeId(decision),
                        host.name(),
                        declare.name(),
                        shardOf(host.name(), declare.name(), shards),
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
        if (known.owner() != declare.owner()) {
            return refused(Refusal.locked(known));
        }
        String different = Equivalence.fault(known, declare);
        return different == null
                ? new CatalogReply.Declared(known, false)
                : refused(new Reason.Precondition(different));
    }

    private long takeId(Decision decision) {
        nextId = Math.max(nextId, 1);
        if (nextId >= catalog.idsReserved()) {
            change(CatalogRecords.IDS, records.begin().number(nextId + ID_BLOCK), true, decision);
        }
        return nextId++;
    }

    /// The shard of a name, the same for ever: FNV-1a over host, a zero and name, mixed once more.
    public static int shardOf(String host, String name, int shards) {
        long hash = 0xcbf29ce484222325L;
        for (byte b : ShortText.bytes(host + "\0" + name)) {
            hash = (hash ^ b & 0xFF) * 0x100000001b3L;
        }
        hash ^= hash >>> 32;
        hash *= 0x9E3779B97F4A7C15L;
        return (int) Long.remainderUnsigned(hash >>> 16, shards);
    }

    private CatalogReply removeQueues(Collection<QueueEntry> queues, Decision decision) {
        List<QueueEntry> removed = List.copyOf(queues);
        for (QueueEntry queue : removed) {
            Set<Exchange> sources = goingSources(queue.incoming());
            change(
                    CatalogRecords.QUEUE_GONE,
                    records.begin().number(queue.id()),
                    queue.survives(),
                    decision);
            VirtualHost host = catalog.host(queue.host());
            if (host != null) {
                removeUnused(host, sources, decision);
            }
        }
        return new CatalogReply.Removed(removed);
    }

    // ---- bindings

    private CatalogReply bind(CatalogCommand.Bind bind, Decision decision) {
        VirtualHost host = catalog.host(bind.host());
        if (host == null) {
            return refused(Refusal.noHost(bind.host()));
        }
        Link link = bind.link();
        if (touchesDefault(link)) {
            return refused(Refusal.defaultExchange());
        }
        Exchange source = host.exchange(link.source());
        if (source == null) {
            return refused(Refusal.noExchange(link.source(), host.name()));
        }
        QueueEntry queue = link.toQueue() ? host.queue(link.destination()) : null;
        Exchange exchange = link.toQueue() ? null : host.exchange(link.destination());
        if (queue == null && exchange == null) {
            return refused(
                    link.toQueue()
                            ? Refusal.noQueue(link.destination(), host.name())
                            : Refusal.noExchange(link.destination(), host.name()));
        }
        if (source.routing() == Exchange.Type.HEADERS) {
            String fault = HeaderMatch.fault(link.arguments());
            if (fault != null) {
                return refused(new Reason.Precondition(fault));
            }
        }
        if (host.find(link) != null) {
            return done();
        }
        if (tooLong(link.routingKey())) {
            return refused(new Reason.Invalid("a routing key has at most 255 bytes"));
        }
        if (host.bindings() >= Limits.BINDINGS) {
            return refused(Refusal.tooMany(Limits.BINDINGS, "bindings"));
        }
        boolean survives = new Binding(source, queue, exchange, link).survives();
        change(CatalogRecords.BOUND, records.link(host.name(), link), survives, decision);
        return done();
    }

    private static boolean touchesDefault(Link link) {
        return link.source().isEmpty() || (!link.toQueue() && link.destination().isEmpty());
    }

    private CatalogReply unbind(CatalogCommand.Unbind unbind, Decision decision) {
        VirtualHost host = catalog.host(unbind.host());
        if (host == null) {
            return refused(Refusal.noHost(unbind.host()));
        }
        if (touchesDefault(unbind.link())) {
            return refused(Refusal.defaultExchange());
        }
        Binding binding = host.find(unbind.link());
        if (binding != null) {
            Set<Exchange> sources = goingSources(List.of(binding));
            change(
                    CatalogRecords.UNBOUND,
                    records.link(host.name(), unbind.link()),
                    binding.survives(),
                    decision);
            removeUnused(host, sources, decision);
        }
        return done();
    }

    // ---- what others say in the same words

    /// There is no such queue.
    public static Reason noQueue(String name, String host) {
        return Refusal.noQueue(name, host);
    }

    /// There is no such exchange.
    public static Reason noExchange(String name, String host) {
        return Refusal.noExchange(name, host);
    }

    /// What a connection is told that touches another's exclusive queue.
    public static Reason locked(QueueEntry queue) {
        return Refusal.locked(queue);
    }

    private static boolean tooLong(String name) {
        return name.length() > Limits.NAME_BYTES || ShortText.size(name) > Limits.NAME_BYTES;
    }

    // ---- machine

    @Override
    public void apply(int type, long position, ByteBuffer payload) {
        catalog.apply(type, payload);
        changed = true;
        changedAt = Math.max(changedAt, position);
    }

    @Override
    public void save(SnapshotWriter out) {
        records.save(catalog, out);
    }

    @Override
    public void restore(ByteBuffer in) {
        CatalogRecords.restore(catalog, in);
        changed = true;
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
        if (changed) {
            changed = false;
            if (!gone.isEmpty()) {
                List<String> hosts = List.copyOf(gone);
                followers.forEach(follower -> follower.onHostsGone(hosts));
                gone.clear();
            }
            tell(usersGone, Follower::onUsersGone);
            tell(regarded, Follower::onPermissionsChanged);
            if (!reshaped.isEmpty()) {
                List<QueueEntry> queues = List.copyOf(reshaped);
                reshaped.clear();
                followers.forEach(follower -> follower.onReshaped(queues));
            }
            followers.forEach(follower -> follower.onChange(catalog));
        }
        return false;
    }

    private void tell(Set<String> users, BiConsumer<Follower, Collection<String>> news) {
        if (!users.isEmpty()) {
            List<String> names = List.copyOf(users);
            users.clear();
            followers.forEach(follower -> news.accept(follower, names));
        }
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
