/// Those who are too slow and those who are too fast: what becomes of messages for readers that do
/// not keep up, and how much a client may send in a second.
///
/// **What we own.** The words for what a reader would rather miss; what waits for one, within its
/// bounds and those of all; the counts of what it missed, and of whatever else happens; who goes
/// when too much waits for those that miss nothing. What is left of a client's second.
///
/// **Who calls us, on which thread.** The protocols, on their event loop.
///
/// **What is on disk or on the wire.** Nothing: each protocol tells its readers in its own way.
///
/// **Where to start reading.** [Outbox], [Throttle].
@NullMarked
package dev.parley.front.pace;

import org.jspecify.annotations.NullMarked;
