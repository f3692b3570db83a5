package dev.parley.core.shard;

/// Something asked of a shard. Immutable, but for borrowed buffers: see [#detached].
public interface Command {
    /// The machine that decides it.
    Pattern pattern();

    /// This command without borrowed buffers, so that it can wait: buffers that are only valid
    /// during the call that brought them are copied.
    default Command detached() {
        return this;
    }
}
