package dev.parley.node.embed;

import dev.parley.api.Reason;
import dev.parley.node.embed.Backlog.Item;

/// Where a subscription's messages come from.
interface Source {
    /// Who is told that nothing comes any more, though nobody has closed it; on the loop.
    @FunctionalInterface
    interface Watch {
        void onLost(Reason why);
    }

    /// Subscribes, and answers when that stands; on the loop.
    void begin(Ask<Boolean> ask);

    /// No more messages from now on; on the loop. Those that were given can still be settled.
    void stop(Ask<Boolean> ask);

    /// The end; on the loop.
    void end(Ask<Boolean> ask);

    /// The program has taken a message out of what waits; any thread.
    default void onTaken(Item item) {}

    /// The program is done with a message; any thread.
    void settle(Item item);

    /// The program has made room that was wanted; any thread.
    void onRoom();
}
