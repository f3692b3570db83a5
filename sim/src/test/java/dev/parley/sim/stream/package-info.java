/// The simulation of streams, run many times.
@NullMarked
package dev.parley.sim.stream;

import org.jspecify.annotations.NullMarked;
