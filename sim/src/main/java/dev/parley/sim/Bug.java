package dev.parley.sim;

import dev.parley.core.log.Disk;
import dev.parley.core.log.Engine;
import dev.parley.front.amqp.Broker;

/// A mistake that can be planted into a run to prove that the ledger finds it. The product knows
/// nothing of it: its ports are wrapped.
enum Bug {
    NONE;

    Disk disk(Disk real) {
        return real;
    }

    Engine engine(Engine real) {
        return real;
    }

    Broker broker(Broker real) {
        return real;
    }
}
