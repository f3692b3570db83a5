/// Many devices with durable sessions against a node that is killed: real sockets, and the codec of
/// others (Netty's).
@NullMarked
package dev.parley.it.mqtt.devices;

import org.jspecify.annotations.NullMarked;
