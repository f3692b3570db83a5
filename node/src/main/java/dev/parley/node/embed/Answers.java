package dev.parley.node.embed;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;

/// The way from the event loop back to the threads that wait: one virtual thread per burst of
/// answers wakes them all, so that the loop wakes one.
final class Answers {
    private final ConcurrentLinkedQueue<Runnable> answers = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean running = new AtomicBoolean();

    /// Any thread.
    ///
    /// @param answer must not block, nor run a program's code
    void add(Runnable answer) {
        answers.add(answer);
        if (running.compareAndSet(false, true)) {
            Thread.ofVirtual().name("parley-answers").start(this::run);
        }
    }

    private void run() {
        do {
            Runnable answer;
            while ((answer = answers.poll()) != null) {
                answer.run();
            }
            running.set(false);
        } while (!answers.isEmpty() && running.compareAndSet(false, true));
    }
}
