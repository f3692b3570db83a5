package dev.parley.bench.queue;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class NodeCountersTest {

    @Test
    void readsPrometheusText() {
        String text =
                """
                # HELP parley_disk_syncs_total Syncs of files
                # TYPE parley_disk_syncs_total counter
                parley_disk_syncs_total 188.0
                jvm_memory_used_bytes{area="heap",id="G1 Old Gen"} 1.5E7
                parley_heap_allocated_total 5.32068E7
                parley_amqp_published_total 12.0
                """;

        NodeCounters read = NodeCounters.parse(text);

        assertThat(read.syncs()).isEqualTo(188);
        assertThat(read.allocated()).isEqualTo(53_206_800);
        assertThat(read.confirmed()).isNaN();
        assertThat(read.since(read).published()).isZero();
    }
}
