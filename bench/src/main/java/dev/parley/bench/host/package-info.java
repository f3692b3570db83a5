/// The machine that a benchmark runs on, and the processes that it starts there.
///
/// What all benchmarks that start brokers share: `Processes` starts children and ends them whatever
/// happens, `Output` reads what they write, `ProcStat` what they use; `Host` and `DiskProbe` tell
/// the facts that a result is worth nothing without.
@NullMarked
package dev.parley.bench.host;

import org.jspecify.annotations.NullMarked;
