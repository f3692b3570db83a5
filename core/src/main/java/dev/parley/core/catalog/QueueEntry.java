package dev.parley.core.catalog;

import dev.parley.core.message.FieldTable;
import dev.parley.core.message.FieldValue;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// A queue as the catalog knows it: its name, its properties, and the shard on which it lives.
public final class QueueEntry {
    private final long id;
    private final List<Long> alone;
    private final String host;
    private final String name;
    private final int shard;
    private final boolean durable;
    private final long owner;
    private final boolean autoDelete;
    private final FieldTable arguments;
    private final boolean stream;
    private final Set<Binding> incoming = new LinkedHashSet<>();
    private Applied policies = Applied.NONE;

    /// The route that found this queue last, so that it is found once per route.
    private long foundBy;

    QueueEntry(
            long id,
            String host,
            String name,
            int shard,
            boolean durable,
            long owner,
            boolean autoDelete,
            FieldTable arguments) {
        this.id = id;
        this.alone = List.of(id);
        this.host = host;
        this.name = name;
        this.shard = shard;
        this.durable = durable;
        this.owner = owner;
        this.autoDelete = autoDelete;
        this.arguments = arguments;
        this.stream = type().equals("stream");
    }

    public long id() {
        return id;
    }

    /// Its id as a list, for a message that goes to this queue only.
    public List<Long> alone() {
        return alone;
    }

    public String host() {
        return host;
    }

    public String name() {
        return name;
    }

    public int shard() {
        return shard;
    }

    public boolean durable() {
        return durable;
    }

    /// The connection that holds it exclusively, 0 for none.
    public long owner() {
        return owner;
    }

    public boolean autoDelete() {
        return autoDelete;
    }

    public FieldTable arguments() {
        return arguments;
    }

    /// What is asked for as `x-queue-type`; but for streams, queues of all types are alike.
    public String type() {
        FieldValue type = arguments.get("x-queue-type");
        String text = type == null ? null : type.asText();
        return text == null ? "classic" : text;
    }

    /// Whether it is a stream: declared, bound and addressed like a queue, but what is in it is
    /// read and not taken.
    public boolean isStream() {
        return stream;
    }

    /// The policies that count for it.
    public Applied policies() {
        return policies;
    }

    void policies(Applied now) {
        policies = now;
    }

    /// The arguments that it lives by: its own together with what its policies set.
    public FieldTable settings() {
        return policies == Applied.NONE
                ? arguments
                : PolicySetting.arguments(arguments, policies.definition());
    }

    /// Whether it outlives a restart of the node.
    public boolean survives() {
        return durable && owner == 0;
    }

    /// The bindings that lead here.
    Set<Binding> incoming() {
        return incoming;
    }

    boolean foundFirstBy(long route) {
        if (foundBy == route) {
            return false;
        }
        foundBy = route;
        return true;
    }
}
