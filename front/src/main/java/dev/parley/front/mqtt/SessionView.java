package dev.parley.front.mqtt;

import dev.parley.front.pace.Misses;
import java.util.List;

/// A session whose client is connected, as it stands now.
///
/// @param id of the connection, unique while the node runs
/// @param session its number if it outlives its connection, else 0
/// @param subscriptions how many it has
/// @param inFlight messages sent and not acknowledged; of a session that outlives its connection
///   its shard knows
/// @param waiting messages that wait in memory, likewise but for those of QoS 0
/// @param unreleased messages of QoS 2 that the client has not released
/// @param slow what its client would rather miss when it does not keep up
/// @param missed messages of QoS 0 that it was too slow for
/// @param missedOf the topics of which it missed most
public record SessionView(
        long id,
        String clientId,
        String host,
        String user,
        String peer,
        String version,
        long keepAliveSeconds,
        long millis,
        long session,
        int subscriptions,
        int inFlight,
        int waiting,
        int unreleased,
        long received,
        long sent,
        String slow,
        long missed,
        List<Misses.Row> missedOf) {
    /// What a session says about itself.
    record Load(long session, int subscriptions, int inFlight, int waiting, int unreleased) {}
}
