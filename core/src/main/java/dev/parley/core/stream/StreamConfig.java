package dev.parley.core.stream;

/// How the streams of a shard use memory and the log.
///
/// @param blockBytes bytes of messages that one block holds, about: what one read brings
/// @param blockMessages messages that one block holds at most
/// @param singleBytes a message of more bytes is no part of a block, but stays where it was logged
/// @param foldBytes bytes that are folded into blocks in one turn, about
/// @param readBytes memory for what readers have read back, all together
public record StreamConfig(
        int blockBytes, int blockMessages, int singleBytes, int foldBytes, int readBytes) {
    public static final StreamConfig DEFAULT =
            new StreamConfig(256 << 10, 1_000, 64 << 10, 1 << 20, 16 << 20);

    public StreamConfig {
        if (blockBytes < 1 || blockMessages < 1 || singleBytes < 1 || foldBytes < 1) {
            throw new IllegalArgumentException("configuration of streams out of bounds");
        }
    }
}
