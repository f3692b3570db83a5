package dev.parley.bench.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class ScenarioTest {

    @Test
    void namesAreUnique() {
        assertThat(Scenario.all()).extracting(Scenario::name).doesNotHaveDuplicates();
    }

    @Test
    void persistentFlow() {
        assertThat(named("persistent, confirm, ack, 1 KiB, 4×4").timed("q", 12))
                .containsSequence("-x", "4", "-y", "4", "-s", "1024")
                .containsSequence("-f", "persistent")
                .containsSequence("-c", "192")
                .containsSequence("-z", "12")
                .doesNotContain("-a");
    }

    @Test
    void drainPublishesNothing() {
        assertThat(named("deep backlog, persistent, 1 KiB").drain("q", 500, 60))
                .containsSequence("-x", "0", "-y", "1")
                .containsSequence("-D", "500")
                .doesNotContain("-c");
    }

    @Test
    void fanOutUsesOneQueueForEachConsumer() {
        Scenario scenario = named("fan-out to ten queues, transient, auto-ack, 16 B");
        assertThat(scenario.queues("q")).hasSize(10).contains("q-1", "q-10");
        assertThat(Subject.RABBITMQ_QUORUM.runs(scenario)).isFalse();
    }

    @Test
    void optionsAreChecked() {
        Options options = Options.parse(List.of("--quick", "--only", "16 B", "--peer", "none"));
        assertThat(options.seconds()).isEqualTo(5);
        assertThat(options.peer()).isFalse();
        assertThat(options.wants("transient, auto-ack, 16 B, 1×1")).isTrue();
        assertThat(options.wants("an empty node")).isFalse();
        assertThat(Options.parse(List.of("--only", "64 KiB|An empty")).wants("an empty node"))
                .isTrue();
        Options profile = Options.parse(List.of("--profile", "16 B"));
        assertThat(profile.wants("transient, auto-ack, 16 B, 1×1")).isTrue();
        assertThat(profile.peer()).isFalse();
        assertThat(profile.kind()).isEqualTo("profile");
        for (List<String> wrong :
                List.of(
                        List.of("--seconds"),
                        List.of("--seconds", "x"),
                        List.of("--rounds", "0"),
                        List.of("--what", "1"),
                        List.of("--parley-only", "--peer-only"))) {
            assertThatThrownBy(() -> Options.parse(wrong))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    private static Scenario named(String name) {
        return Scenario.all().stream()
                .filter(scenario -> scenario.name().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
