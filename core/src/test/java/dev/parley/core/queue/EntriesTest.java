package dev.parley.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.core.queue.QueueCommand.Outcome;
import dev.parley.core.queue.QueueCommand.Settle;
import org.junit.jupiter.api.Test;

class EntriesTest {
    @Test
    void whatWaitsIsNotWhatIsUsedAgain() {
        Entries entries = Entries.of(7);
        entries.add(9);
        Settle settle = (Settle) new Settle(1, 2, entries, Outcome.ACKNOWLEDGED).detached();
        entries.clear();
        entries.add(11);
        assertThat(settle.entries().size()).isEqualTo(2);
        assertThat(settle.entries().get(0)).isEqualTo(7);
        assertThat(settle.entries().get(1)).isEqualTo(9);
        assertThat(settle.outcome()).isEqualTo(Outcome.ACKNOWLEDGED);
    }
}
