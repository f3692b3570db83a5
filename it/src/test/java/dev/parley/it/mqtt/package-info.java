/// MQTT against a real node: the specification statement by statement, hostile input, and clients
/// that others wrote.
///
/// [RawMqtt] is a socket that says exactly the bytes that it is told to; [Packet] and [Props] write
/// and read packets, made from the specification and from nothing of the product. Start reading at
/// `MqttCase`. With `PARLEY_IT_MQTT_PORT` the same tests run against any other broker.
@NullMarked
package dev.parley.it.mqtt;

import org.jspecify.annotations.NullMarked;
