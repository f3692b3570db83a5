package dev.parley.bench.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class HostTest {

    @Test
    void jvmFlagsWithoutPaths() {
        assertThat(Host.jvmFlags(List.of("java", "-Xmx256m", "-Xlog:gc:/a/b", "-cp", "x", "Main")))
                .isEqualTo("-Xmx256m");
    }
}
