package dev.parley.front.home;

import dev.parley.core.topic.Subscription;
import dev.parley.front.home.Route.Reach;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/// The members of a shared subscription, of whom one gets each message, in turn.
final class Group {
    private final String filter;
    private final List<Reach> members = new ArrayList<>();
    private int next;

    /// @param filter with `$share/…/` in front
    Group(String filter) {
        this.filter = filter;
    }

    String filter() {
        return filter;
    }

    /// Returns whether it is a new member.
    boolean put(Object subscriber, Subscription subscription) {
        boolean fresh = !remove(subscriber);
        members.add(Reach.of(subscriber, List.of(subscription)));
        return fresh;
    }

    boolean remove(Object subscriber) {
        return members.removeIf(member -> member.subscriber().equals(subscriber));
    }

    boolean isEmpty() {
        return members.isEmpty();
    }

    /// The member whose turn it is among those that rank highest; null: none ranks above 0.
    @Nullable Reach choose(ToIntFunction<Reach> rank) {
        int size = members.size();
        Reach best = null;
        int highest = 0;
        int chosen = 0;
        for (int i = 0; i < size; i++) {
            int at = (next + i) % size;
            Reach member = members.get(at);
            int rated = rank.applyAsInt(member);
            if (rated > highest) {
                best = member;
                highest = rated;
                chosen = at;
                if (rated == READY) {
                    break;
                }
            }
        }
        next = chosen + 1;
        return best;
    }

    /// The rank of a member that takes a message at once.
    static final int READY = 4;

    /// That of one that is connected and slow.
    static final int CONNECTED = 3;

    /// That of one that gets it when it comes back.
    static final int AWAY = 2;

    /// That of one that is away and for whom nothing is kept: it asks for QoS 0.
    static final int LOST = 1;
}
