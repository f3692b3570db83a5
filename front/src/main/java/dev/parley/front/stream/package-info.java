/// What the protocols share about streams: how a place in one is named, what is kept of one, and
/// reading.
///
/// **What we own.** The arguments of a stream and the words for a place in it; one reader at a time
/// of a [StreamFeed].
///
/// **Who calls us, on which thread.** Sessions and the administration, on their event loop.
///
/// **What is on disk or on the wire.** Nothing: the properties of a message in a stream are an
/// encoded property list of AMQP 0-9-1, whichever protocol it came by.
///
/// **Where to start reading.** [StreamFeed].
@NullMarked
package dev.parley.front.stream;

import org.jspecify.annotations.NullMarked;
