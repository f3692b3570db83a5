package dev.parley.node.embed;

import dev.parley.api.Reason;
import dev.parley.core.queue.Message;

/// One message on its way into its queue.
///
/// @param bytes its share of the bound on what is on its way
/// @param deadlineMillis until when it waits for room, on [EmbeddedQueues#nowMillis]
record Send(
        EmbeddedQueues queues,
        String queue,
        Message message,
        int bytes,
        long deadlineMillis,
        Receipt receipt)
        implements Inlet.Job {
    @Override
    public void run() {
        queues.lane(queue).add(this);
    }

    @Override
    public void refuse(Reason reason) {
        queues.answer(this, reason);
    }
}
