package dev.parley.node.embed;

import dev.parley.api.Reason;
import dev.parley.api.RefusedException;
import dev.parley.core.queue.Delivery;
import dev.parley.core.queue.QueueClient;
import dev.parley.core.queue.QueueReply;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;

/// One question to the node: asked on the event loop, awaited elsewhere.
final class Ask<R> implements Inlet.Job {
    private final Programs programs;
    private final Consumer<Ask<R>> question;
    private final CompletableFuture<R> answer = new CompletableFuture<>();

    /// @param question runs on the loop and sees to it that the ask is answered or refused, there
    Ask(Programs programs, Consumer<Ask<R>> question) {
        this.programs = programs;
        this.question = question;
    }

    @Override
    public void run() {
        programs.asked(this);
        try {
            question.accept(this);
        } catch (RuntimeException e) {
            // Nobody must wait for ever because of a fault of ours.
            refuse(new Reason.Unavailable("a fault inside the node: " + e));
            throw e;
        }
    }

    void answer(R value) {
        programs.answered(this);
        programs.answers().add(() -> answer.complete(value));
    }

    @Override
    public void refuse(Reason reason) {
        programs.answered(this);
        programs.answers().add(() -> answer.completeExceptionally(new RefusedException(reason)));
    }

    CompletableFuture<R> future() {
        return answer;
    }

    /// Waits for the answer whatever happens.
    R join() {
        try {
            return answer.join();
        } catch (CompletionException e) {
            throw refused(e);
        }
    }

    /// Waits for the answer, whatever it is.
    void joinQuietly() {
        answer.handle((value, failure) -> true).join();
    }

    R await() throws InterruptedException {
        try {
            return answer.get();
        } catch (ExecutionException e) {
            throw refused(e);
        }
    }

    private static RuntimeException refused(Exception e) {
        if (e.getCause() instanceof RefusedException refused) {
            return new RefusedException(refused.reason());
        }
        return new IllegalStateException("a question to the node failed", e);
    }

    /// A client of queues that wants the replies to this ask's commands.
    QueueClient client(Consumer<QueueReply> then) {
        return new Replies(this, then);
    }

    private record Replies(Ask<?> ask, Consumer<QueueReply> then) implements QueueClient {
        @Override
        public void onReply(long token, QueueReply reply) {
            if (reply instanceof QueueReply.Refused(Reason reason)) {
                ask.refuse(reason);
            } else {
                then.accept(reply);
            }
        }

        @Override
        public void onAccepted(long from, long to) {
            throw new IllegalStateException("nothing was published");
        }

        @Override
        public void onRefused(long token, Reason reason) {
            ask.refuse(reason);
        }

        @Override
        public void onDelivery(Delivery delivery) {
            throw new IllegalStateException("nobody subscribed");
        }

        @Override
        public void onCancelled(long consumer) {
            throw new IllegalStateException("nobody subscribed");
        }
    }
}
