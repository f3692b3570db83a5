/// The queue benchmark: RabbitMQ and Parley one after the other, in one run, under PerfTest and
/// under a raw client.
///
/// `Main` reads the options, starts each `Broker` as a process of its own on loopback and lets a
/// `Suite` put every `Scenario` and every `RawScenario` to it, or the points of `Curves`.
/// `PerfTestRun` drives one PerfTest in a child JVM and reads its lines; `RawRun` drives a load of
/// `dev.parley.bench.load` in this one. `Profile` records a node meanwhile. `Report` holds the
/// figures and prints one Markdown table. Brokers and clients share the machine's cores, so the
/// ratios and the broker's processor time per message say more than the rates. Start reading at
/// `Suite`.
@NullMarked
package dev.parley.bench.queue;

import org.jspecify.annotations.NullMarked;
