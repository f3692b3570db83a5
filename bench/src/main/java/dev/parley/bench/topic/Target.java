package dev.parley.bench.topic;

import java.net.InetSocketAddress;

/// Where the load goes, and over which loop and version of MQTT.
record Target(Loop loop, InetSocketAddress address, int level) {}
