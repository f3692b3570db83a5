package dev.parley.it.conformance;

import java.nio.file.Path;

/// What opens brokers that speak MQTT, each on loopback and with nothing in it.
sealed interface MqttPeer extends Peer permits ParleyMqttPeer, MosquittoPeer {

    /// Opens one in the profile that [PahoSuite] asks for, and returns its port.
    int open();

    /// The largest packet that such a broker takes, if it has a bound of its own; otherwise 0.
    int packetMax();

    /// Stands in for Mosquitto's program: with `-p PORT` an empty broker there, until SIGTERM.
    Path program();
}
