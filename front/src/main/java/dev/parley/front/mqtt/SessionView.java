package dev.parley.front.mqtt;

/// A session whose client is connected, as it stands now.
///
/// @param id of the connection, unique while the node runs
/// @param session its number if it outlives its connection, else 0
/// @param subscriptions how many it has
/// @param inFlight messages sent and not acknowledged; of a session that outlives its connection
///   its shard knows
/// @param waiting messages that wait in memory, likewise
/// @param unreleased messages of QoS 2 that the client has not released
/// @param missed messages of QoS 0 that its client was too slow for
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
        long missed) {
    /// What a session says about itself.
    record Load(long session, int subscriptions, int inFlight, int waiting, int unreleased) {}
}
