package dev.parley.bench.host;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// The lines that a child process writes, read all the time so that it never blocks on its pipe.
///
/// Keeps the last 1,000 lines that nobody has taken yet. Safe for several threads.
public final class Output {

    private static final int LINES_MAX = 1_000;
    private static final int TAIL_LINES = 12;

    private final Deque<String> lines = new ArrayDeque<>();
    private final Deque<String> tail = new ArrayDeque<>();
    private boolean ended;

    public Output(Process process) {
        Thread.ofVirtual().name("output-" + process.pid()).start(() -> drain(process));
    }

    /// The next line; empty at the end of the output, or when none comes in time.
    public synchronized Optional<String> next(long waitNanos) throws InterruptedException {
        long deadline = System.nanoTime() + waitNanos;
        while (lines.isEmpty() && !ended) {
            long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
            if (left <= 0) {
                return Optional.empty();
            }
            wait(left);
        }
        return Optional.ofNullable(lines.pollFirst());
    }

    /// Whether the process has closed its output and every line is taken.
    public synchronized boolean ended() {
        return ended && lines.isEmpty();
    }

    /// The last lines, taken or not, for a failure's message.
    public synchronized String tail() {
        List<String> last = new ArrayList<>(tail);
        return String.join("\n", last);
    }

    private void drain(Process process) {
        try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                add(line);
            }
        } catch (IOException e) {
            add("(output broke off: " + e.getMessage() + ")");
        }
        end();
    }

    private synchronized void add(String line) {
        if (lines.size() == LINES_MAX) {
            lines.removeFirst();
        }
        lines.addLast(line);
        if (tail.size() == TAIL_LINES) {
            tail.removeFirst();
        }
        tail.addLast(line);
        notifyAll();
    }

    private synchronized void end() {
        ended = true;
        notifyAll();
    }
}
