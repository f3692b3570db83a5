package dev.parley.it.conformance;

/// Something that a suite can run against: a broker with nothing in it, or what opens such ones.
/// Gone with all its data when it is closed.
sealed interface Peer extends AutoCloseable permits AmqpPeer, MqttPeer {

    @Override
    void close();
}
