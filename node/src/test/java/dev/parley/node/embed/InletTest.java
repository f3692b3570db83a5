package dev.parley.node.embed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.api.Reason;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/// Every job of a program is dealt with, whatever those before it did.
class InletTest {
    private static Inlet.Job job(Runnable what) {
        return new Inlet.Job() {
            @Override
            public void run() {
                what.run();
            }

            @Override
            public void refuse(Reason reason) {
                throw new AssertionError("the inlet is open: " + reason);
            }
        };
    }

    @Test
    void aJobThatFailsKeepsNobodyWaiting() {
        ArrayDeque<Runnable> loop = new ArrayDeque<>();
        List<String> done = new ArrayList<>();
        Inlet inlet = new Inlet(loop::add, () -> done.add("turn"));
        inlet.add(
                job(() -> {
                    throw new IllegalStateException("as wanted");
                }));
        inlet.add(job(() -> done.add("second")));
        Objects.requireNonNull(loop.poll()).run();
        assertThat(done).containsExactly("second", "turn");
        assertThat(loop).isEmpty();
    }
}
