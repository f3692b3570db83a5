/// The queue benchmark: RabbitMQ and Parley one after the other, in one run, under PerfTest.
///
/// `Main` reads the options, starts each `Broker` as a process of its own on loopback and lets a
/// `Suite` put every `Scenario` to it; `PerfTestRun` drives one PerfTest in a child JVM and reads
/// its lines. `Report` holds the figures and prints one Markdown table. Brokers and clients share
/// the machine's cores, so the ratios and the broker's processor time per message say more than the
/// rates. Start reading at `Suite`.
@NullMarked
package dev.parley.bench.queue;

import org.jspecify.annotations.NullMarked;
