package dev.parley.front.wire;

import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The sockets whose clients have not opened their connection yet. Their number is bounded: at the
/// bound the one goes that has kept us waiting longest. On the event loop.
public final class Arrivals {
    private final int most;
    private final Set<ClientSocket> waiting = new LinkedHashSet<>();

    public Arrivals(int most) {
        this.most = most;
    }

    /// Takes in a new socket; false if there is no place for it since all others wait for us.
    boolean add(ClientSocket socket) {
        if (waiting.size() >= most) {
            ClientSocket slowest = slowest();
            if (slowest == null) {
                return false;
            }
            waiting.remove(slowest);
            slowest.closeNow();
        }
        waiting.add(socket);
        return true;
    }

    private @Nullable ClientSocket slowest() {
        for (ClientSocket socket : waiting) {
            if (socket.session().awaitsClient()) {
                return socket;
            }
        }
        return null;
    }

    /// The client has opened its connection, or is gone.
    void remove(ClientSocket socket) {
        waiting.remove(socket);
    }
}
