package dev.parley.front.amqp;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The connections of a node, for whoever looks after it.
public final class Connections {
    private final Map<Long, AmqpConnection> open = new LinkedHashMap<>();
    private final OutputPieces pieces = new OutputPieces();
    private final Unfinished unfinished;

    /// @param unfinishedMax bytes of content that all clients together may leave without an end
    public Connections(long unfinishedMax) {
        this.unfinished = new Unfinished(unfinishedMax);
    }

    void add(AmqpConnection connection) {
        open.put(connection.id(), connection);
    }

    void remove(AmqpConnection connection) {
        open.remove(connection.id());
    }

    /// The content that they have not come to the end of.
    Unfinished unfinished() {
        return unfinished;
    }

    OutputPieces pieces() {
        return pieces;
    }

    /// Those that have logged in, oldest first.
    public List<ConnectionStatus> list() {
        return open.values().stream()
                .filter(AmqpConnection::open)
                .map(AmqpConnection::status)
                .toList();
    }

    /// What publishers have to wait for has changed.
    public void onAlarm() {
        List.copyOf(open.values()).forEach(AmqpConnection::onAlarm);
    }

    /// Ends one, telling its client why; returns whether there was such a one.
    public boolean close(long id, String why) {
        @Nullable AmqpConnection connection = open.get(id);
        if (connection == null || !connection.open()) {
            return false;
        }
        connection.shutdown(why);
        return true;
    }
}
