package dev.parley.bench.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ProcStatTest {

    private static final String STAT =
            "4711 (beam.smp) S 4702 4702 4702 0 -1 4194560 123456 0 12 0 1534 266 3 4 20 0 27 0"
                    + " 987654 2500000000 30000 18446744073709551615 1 1 0 0 0 0 0 4096 134299390";

    @Test
    void userAndSystemTime() {
        assertThat(ProcStat.cpuNanos(STAT)).hasValue(18_000_000_000L);
    }

    @Test
    void nameWithSpacesAndParentheses() {
        assertThat(ProcStat.cpuNanos(STAT.replace("beam.smp", "a) b (c 1 2 3")))
                .hasValue(18_000_000_000L);
    }

    @Test
    void cutOrForeignText() {
        assertThat(ProcStat.cpuNanos("")).isEmpty();
        assertThat(ProcStat.cpuNanos("4711 (beam.smp) S 4702")).isEmpty();
        assertThat(ProcStat.cpuNanos(STAT.replace("1534", "many"))).isEmpty();
    }

    @Test
    void machineWithoutIdleAndWaiting() {
        String line = "cpu  100 10 20 5000 600 1 2 3 0 0";
        assertThat(ProcStat.machineNanos(line)).hasValue(1_360_000_000L);
        assertThat(ProcStat.machineNanos("cpu0 1 2 3")).isEmpty();
    }

    @Test
    void residentMemory() {
        List<String> status =
                List.of("Name:\tbeam.smp", "VmHWM:\t  131072 kB", "VmRSS:\t  102400 kB");
        assertThat(ProcStat.residentBytes(status)).hasValue(102_400L * 1_024);
        assertThat(ProcStat.residentBytes(List.of("Name:\tkthreadd"))).isEmpty();
    }
}
