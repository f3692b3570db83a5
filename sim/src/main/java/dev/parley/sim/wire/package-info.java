/// What the simulation's sockets do with output beyond passing it on.
///
/// **What we own.** [Loans] (buffers that a socket has taken as they are).
///
/// **Where to start reading.** [Loans].
@NullMarked
package dev.parley.sim.wire;

import org.jspecify.annotations.NullMarked;
