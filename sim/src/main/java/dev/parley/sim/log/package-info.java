/// How the simulations play the threads of a log.
///
/// **What we own.** [WriterThreads] (two that write and sync, in any order that may happen).
///
/// **Where to start reading.** [WriterThreads].
@NullMarked
package dev.parley.sim.log;

import org.jspecify.annotations.NullMarked;
