/// The durable log and the ports it stands on.
///
/// **What we own.** One write-ahead log that every shard of a node appends to ([Engine], [Log]),
/// its files, and the rules that make a crash at any instant harmless: turns are all or nothing, a
/// torn tail is cut before anything is written after it, damage below the durable watermark stops
/// the shard it hits and never truncates what follows.
///
/// **Who calls us, on which thread.** A shard appends, seals and asks for reads on the event loop
/// that owns it; the log writer is driven by two threads of the node (or by the simulator) through
/// `LogWriter.turn()`, the keeper by another through `LogKeeper.turn()`, the reader by one more.
/// They meet in `Handover` and in single volatile or atomic fields only; nothing here starts a
/// thread. The one lock is the writer's pen, which its two threads pass to each other and nobody
/// else takes.
///
/// **What is on disk.** See `docs/formats/log.md`.
///
/// **Where to start reading.** [Log], then [Engine], then [LocalEngine].
@NullMarked
package dev.parley.core.log;

import org.jspecify.annotations.NullMarked;
