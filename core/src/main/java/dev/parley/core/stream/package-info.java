/// Streams: messages of a name in order, kept for whoever reads them again.
///
/// **What we own.** The messages of a stream with their offsets, what is kept of them, readers, and
/// cursors that survive a restart.
///
/// **Who calls us, on which thread.** The shard that a stream lives on, on its event loop.
///
/// **What is on disk.** Records of the pattern `STREAM`, see docs/formats/stream.md.
///
/// **Where to start reading.** [StreamCommand], then `StreamMachine`.
@NullMarked
package dev.parley.core.stream;

import org.jspecify.annotations.NullMarked;
