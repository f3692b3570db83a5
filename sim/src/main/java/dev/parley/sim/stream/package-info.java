/// The simulation of streams: random publishers, readers and shared cursors over shards with the
/// real log and machine, while the node is killed, loses power, fails and starts again.
///
/// **What we own.** [StreamPlan] (one run), `StreamNode` (one life), `StreamWriter` and
/// `StreamGroup` (who publishes, who reads), `StreamLedger` (knows what was promised).
///
/// **Where to start reading.** [StreamPlan], then `StreamLedger`.
@NullMarked
package dev.parley.sim.stream;

import org.jspecify.annotations.NullMarked;
