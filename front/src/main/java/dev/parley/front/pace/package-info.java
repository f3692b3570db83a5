/// Those who are too slow: what becomes of messages for readers that do not keep up.
///
/// **What we own.** The words for what a reader would rather miss; what waits for one, within its
/// bounds and those of all; the counts of what it missed.
///
/// **Who calls us, on which thread.** The protocols, on their event loop.
///
/// **What is on disk or on the wire.** Nothing: each protocol tells its readers in its own way.
///
/// **Where to start reading.** [Outbox].
@NullMarked
package dev.parley.front.pace;

import org.jspecify.annotations.NullMarked;
