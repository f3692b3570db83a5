package dev.parley.front.wire;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The clients of one protocol that came the same way. On the event loop.
public abstract sealed class ClientSockets permits ClientListener, WebSocketClients {
    private final Set<ClientSocket> sockets = new LinkedHashSet<>();
    private final Round round;
    private final Arrivals arrivals;
    private final Function<ClientSocket, Session> protocol;

    ClientSockets(Round round, Arrivals arrivals, Function<ClientSocket, Session> protocol) {
        this.round = round;
        this.arrivals = arrivals;
        this.protocol = protocol;
    }

    /// The handler of one more.
    ///
    /// @param tls null: plain text
    /// @param plain whether nothing stands between it and the socket
    ClientSocket one(@Nullable Tls tls, boolean plain) {
        return new ClientSocket(round, sockets, arrivals, tls, plain, protocol);
    }

    /// Lets every connection look at the clock; about twice a second.
    public void onTick() {
        for (ClientSocket socket : Set.copyOf(sockets)) {
            socket.session().onTick();
        }
    }

    /// Tells publishers whether there is room.
    public void onRoom() {
        for (ClientSocket socket : Set.copyOf(sockets)) {
            socket.session().onRoom();
        }
    }

    List<Session> sessions() {
        return sockets.stream().map(ClientSocket::session).toList();
    }

    /// Connections that are there.
    public int size() {
        return sockets.size();
    }

    /// Asks those that are there to go.
    public void shutdown() {
        for (ClientSocket socket : Set.copyOf(sockets)) {
            socket.session().shutdown("the node is shutting down");
        }
    }

    /// Closes what is still open.
    public void closeAll() {
        for (ClientSocket socket : Set.copyOf(sockets)) {
            socket.closeNow();
        }
    }
}
