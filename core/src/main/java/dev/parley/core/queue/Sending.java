package dev.parley.core.queue;

import dev.parley.core.shard.Decision;

/// Messages that somebody sends on from a queue, and how many of them are still to be looked at.
final class Sending {
    private final QueueClient client;
    private final long token;
    private final QueueCommand.Way way;
    private int left;
    private long sent;

    Sending(QueueCommand.Send send) {
        client = send.client();
        token = send.token();
        way = send.way();
    }

    QueueCommand.Way way() {
        return way;
    }

    /// One more is to be looked at.
    void expect() {
        left++;
    }

    /// One has been sent on, or stays; the last one makes the answer.
    void done(boolean gone, Decision decision) {
        left--;
        sent += gone ? 1 : 0;
        answerIfDone(decision);
    }

    void answerIfDone(Decision decision) {
        if (left == 0) {
            QueueReply reply = new QueueReply.Done(sent, 0);
            decision.promise(() -> client.onReply(token, reply));
        }
    }
}
