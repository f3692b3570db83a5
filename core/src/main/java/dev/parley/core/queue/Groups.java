package dev.parley.core.queue;

import dev.parley.api.Awaited;
import dev.parley.core.message.FieldTable;
import dev.parley.core.message.FieldValue;
import dev.parley.core.message.Properties;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Keeps the order of each ordering group while many consumers share a queue: a group's messages go
/// to one consumer at a time, and a group that must wait holds up no other.
///
/// While a consumer has messages of a group, the group's next ones go to it alone; when it has
/// settled them all the group is free again. A message that must wait is HELD and stands in its
/// group's own line, so that each is looked at once. One that comes back stands in that line again,
/// at its old place; one that rests before it is tried again stops its whole group.
///
/// Belongs to the present owner of the shard. At most [#HELD_MAX] messages of a queue are held: at
/// that bound the queue is looked through no further until some of them can go.
final class Groups {
    static final int HELD_MAX = 10_000;

    /// A group with messages in flight, held or at rest.
    static final class Group {
        private final String key;
        private final TreeSet<Long> held = new TreeSet<>();
        private @Nullable QueueConsumer owner;

        /// Who was the last to take one of those that are out.
        private Page.@Nullable Holding taker;

        private int taken;
        private int resting;

        private Group(String key) {
            this.key = key;
        }

        /// The consumer that has messages of this group, and gets the next ones.
        @Nullable QueueConsumer owner() {
            return owner;
        }

        /// What its messages wait for before any consumer may have them; null: for nothing.
        @Nullable Awaited awaited() {
            if (resting > 0) {
                return new Awaited.GroupAttempt(key);
            }
            return taken == 0 || taker == null ? null : new Awaited.Group(key, taker.who());
        }

        /// Whether any consumer may have the group's next message.
        boolean free() {
            return taken == 0 && resting == 0;
        }

        /// Whether a message found in the queue would overtake none of the group.
        boolean leads() {
            return held.isEmpty() && resting == 0;
        }
    }

    private final String header;
    private final Map<String, Group> groups = new LinkedHashMap<>();
    private final Map<Long, Group> members = new LinkedHashMap<>();
    private final Map<QueueConsumer, Set<Group>> owned = new LinkedHashMap<>();
    private final ArrayDeque<Group> candidates = new ArrayDeque<>();
    private int held;

    Groups(String header) {
        this.header = header;
    }

    /// Messages that wait for others of their groups.
    int held() {
        return held;
    }

    boolean full() {
        return held >= HELD_MAX;
    }

    /// The group of a message, or null if it names none.
    @Nullable Group groupOf(ByteBuffer payload) {
        ByteBuffer list = Records.properties(payload, Records.messageStart(payload));
        if (!Properties.hasHeaders(list)) {
            return null;
        }
        FieldTable headers = Properties.read(list).headers();
        FieldValue value = headers == null ? null : headers.get(header);
        if (value == null) {
            return null;
        }
        String text = value.asText();
        String key = text == null ? String.valueOf(value.asLong()) : text;
        // Known only from when one of its messages goes out, waits or rests.
        Group group = groups.get(key);
        return group == null ? new Group(key) : group;
    }

    /// The message waits for others of its group.
    void hold(Group group, long entry) {
        groups.put(group.key, group);
        group.held.add(entry);
        members.put(entry, group);
        held++;
    }

    /// The group of a message that is out, is held or rests; null if none is known.
    @Nullable Group groupOf(long entry) {
        return members.get(entry);
    }

    /// A message goes out: to `consumer`, or to somebody who asked for a single one.
    void taken(Group group, long entry, @Nullable QueueConsumer consumer, Page.Holding taker) {
        group.taker = taker;
        groups.put(group.key, group);
        unhold(group, entry);
        members.put(entry, group);
        group.taken++;
        if (group.owner == null && consumer != null) {
            group.owner = consumer;
            owned.computeIfAbsent(consumer, key -> new LinkedHashSet<>()).add(group);
        }
    }

    private void unhold(Group group, long entry) {
        if (group.held.remove(entry)) {
            held--;
        }
    }

    /// A delivery has ended; returns its group, or null if it has none.
    @Nullable Group ended(long entry) {
        Group group = members.remove(entry);
        if (group == null) {
            return null;
        }
        group.taken--;
        if (group.taken == 0) {
            group.taker = null;
            disown(group);
        }
        look(group);
        return group;
    }

    private void disown(Group group) {
        QueueConsumer owner = group.owner;
        if (owner != null) {
            group.owner = null;
            Set<Group> all = owned.get(owner);
            if (all != null) {
                all.remove(group);
                if (all.isEmpty()) {
                    owned.remove(owner);
                }
            }
        }
    }

    private void look(Group group) {
        if (!group.held.isEmpty()) {
            candidates.add(group);
        } else {
            forgetIfIdle(group);
        }
    }

    private void forgetIfIdle(Group group) {
        if (group.free() && group.held.isEmpty()) {
            groups.remove(group.key);
        }
    }

    /// A message that has come back waits for its turn again.
    void back(Group group, long entry) {
        hold(group, entry);
        candidates.add(group);
    }

    /// A message that has come back is tried again later.
    void rests(Group group, long entry) {
        groups.put(group.key, group);
        members.put(entry, group);
        group.resting++;
    }

    /// Its rest is over; false if nothing is known of it.
    boolean rested(long entry) {
        Group group = members.get(entry);
        if (group == null) {
            return false;
        }
        group.resting--;
        hold(group, entry);
        candidates.add(group);
        return true;
    }

    /// A message that is not out leaves for another reason than a delivery.
    void forget(long entry, boolean resting) {
        Group group = members.remove(entry);
        if (group != null) {
            unhold(group, entry);
            group.resting -= resting ? 1 : 0;
            look(group);
        }
    }

    /// The consumer can take more.
    void roomAt(QueueConsumer consumer) {
        Set<Group> all = owned.get(consumer);
        if (all != null) {
            all.forEach(group -> {
                if (!group.held.isEmpty()) {
                    candidates.add(group);
                }
            });
        }
    }

    /// The next group of which a held message may be able to go, or null.
    @Nullable Group candidate() {
        Group group;
        while ((group = candidates.peek()) != null) {
            if (!group.held.isEmpty() && group.resting == 0) {
                return group;
            }
            candidates.remove();
        }
        return null;
    }

    /// The candidate cannot go on before something changes.
    void pass() {
        candidates.remove();
    }

    long firstHeld(Group group) {
        return group.held.first();
    }

    /// Lets go of all that is held; returns the entries.
    Entries releaseAll() {
        Entries all = new Entries(Math.max(1, held));
        for (Group group : groups.values()) {
            group.held.forEach(all::add);
            group.held.clear();
        }
        for (int i = 0; i < all.size(); i++) {
            members.remove(all.get(i));
        }
        held = 0;
        groups.values().removeIf(Group::free);
        return all;
    }
}
