/// MQTT 3.1.1 and 5: codec and sessions; no Netty.
///
/// **What we own.** The bytes of MQTT, the life of a connection, what a session that ends with its
/// connection remembers, and what one that outlives it has on its way. Who subscribes to what, and
/// where a message goes, is behind [MqttBroker].
///
/// **Who calls us, on which thread.** The event loop of the connection, and nobody else.
///
/// **What is on disk.** Nothing of our own.
///
/// **Where to start reading.** [MqttConnection].
@NullMarked
package dev.parley.front.mqtt;

import org.jspecify.annotations.NullMarked;
