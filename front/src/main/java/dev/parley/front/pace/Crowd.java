package dev.parley.front.pace;

import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Memory in which messages wait for clients that must not miss any: when it is full, the client
/// for whom most waits has to go. On the event loop.
public final class Crowd {
    /// One client for whom something waits.
    public interface Member {
        /// Bytes that wait for it.
        long waiting();

        /// It goes, and lets go of all that waits for it at once.
        void leave();
    }

    private final long most;
    private final Set<Member> members = new LinkedHashSet<>();
    private long used;

    /// @param most bytes for all together
    public Crowd(long most) {
        this.most = most;
    }

    /// Bytes that wait, what waits for several counted once.
    public long used() {
        return used;
    }

    /// Something more waits for a client.
    ///
    /// @param bytes few for what waits for somebody else already
    public void add(Member one, long bytes) {
        members.add(one);
        used += bytes;
        Member largest;
        while (used > most && (largest = largest()) != null) {
            members.remove(largest);
            largest.leave();
        }
    }

    private @Nullable Member largest() {
        Member largest = null;
        for (Member one : members) {
            if (largest == null || one.waiting() > largest.waiting()) {
                largest = one;
            }
        }
        return largest;
    }

    /// Something waits no longer.
    ///
    /// @param bytes few for what waits for somebody else still
    public void remove(Member one, long bytes) {
        used -= bytes;
        if (one.waiting() == 0) {
            members.remove(one);
        }
    }
}
