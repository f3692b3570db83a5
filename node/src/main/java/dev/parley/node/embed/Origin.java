package dev.parley.node.embed;

import dev.parley.api.Codec;
import dev.parley.api.SubscribeOptions;
import org.jspecify.annotations.Nullable;

/// What a reception receives, and how: the topics under a filter, or a stream.
interface Origin<T> {
    /// As it is told to people.
    String label();

    Codec<T> codec();

    Programs programs();

    /// How its program works; what says more than that is for the origin itself.
    SubscribeOptions options();

    /// What waits for the program.
    Backlog backlog(int width, Backlog.Bell bell);

    Source source(Backlog backlog, Source.Watch watch);

    /// The queue that what the program cannot deal with is put away in; null: it is let go.
    @Nullable String dead();

    /// Somebody begins; any thread.
    ///
    /// @throws dev.parley.api.RefusedException if he cannot
    default void hold() {}

    /// He has ended.
    default void letGo() {}
}
