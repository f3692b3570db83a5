/// What stands between the log and the sessions: the shards of one event loop.
///
/// **What we own.** Opening the shards, the order of a round, the ways between shards, the catalog
/// and sessions, and the defaults of a new directory.
///
/// **Who calls us, on which thread.** The event loop that owns the shards, and nobody else. Time,
/// chance, passwords and news for people go through ports, so that the simulator runs this very
/// code.
///
/// **What is on disk.** Nothing of our own.
///
/// **Where to start reading.** [Home].
@NullMarked
package dev.parley.front.home;

import org.jspecify.annotations.NullMarked;
