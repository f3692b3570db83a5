package dev.parley.node;

import dev.parley.api.Codec;
import dev.parley.api.EventStream;
import dev.parley.api.Queue;
import dev.parley.api.QueueOptions;
import dev.parley.api.Queues;
import dev.parley.api.StreamOptions;
import dev.parley.api.Streams;
import dev.parley.api.Topic;
import dev.parley.api.Topics;
import dev.parley.node.embed.EmbedConfig;
import java.io.IOException;

/// A node inside this process, for the programs in it: the same node that the command line starts,
/// with sockets only if the configuration asks for them.
///
/// Safe for use by many threads. Several can run in one process, each on a directory of its own.
public final class Parley implements Queues, Topics, Streams, AutoCloseable {
    private final Node node;

    private Parley(Node node) {
        this.node = node;
    }

    /// Opens the data directory, recovers what is in it, and serves.
    ///
    /// @throws IOException if the directory or a port cannot be had
    /// @throws IllegalStateException if another node has the directory
    public static Parley start(Config config) throws IOException {
        return start(config, EmbedConfig.DEFAULT);
    }

    /// The same with bounds other than the usual ones.
    public static Parley start(Config config, EmbedConfig embed) throws IOException {
        return new Parley(Node.start(config, embed));
    }

    /// The node itself: its ports, and whether its log has failed.
    public Node node() {
        return node;
    }

    @Override
    public <T> Queue<T> queue(String name, Class<T> type) {
        return node.queues().queue(name, type);
    }

    @Override
    public <T> Queue<T> queue(String name, Class<T> type, QueueOptions options) {
        return node.queues().queue(name, type, options);
    }

    @Override
    public <T> Queue<T> queue(String name, Codec<T> codec) {
        return node.queues().queue(name, codec);
    }

    @Override
    public <T> Queue<T> queue(String name, Codec<T> codec, QueueOptions options) {
        return node.queues().queue(name, codec, options);
    }

    @Override
    public <T> Topic<T> topic(String filter, Class<T> type) {
        return node.topics().topic(filter, type);
    }

    @Override
    public <T> Topic<T> topic(String filter, Codec<T> codec) {
        return node.topics().topic(filter, codec);
    }

    @Override
    public void unsubscribe(String name) throws InterruptedException {
        node.topics().unsubscribe(name);
    }

    @Override
    public <T> EventStream<T> stream(String name, Class<T> type) {
        return node.streams().stream(name, type);
    }

    @Override
    public <T> EventStream<T> stream(String name, Class<T> type, StreamOptions options) {
        return node.streams().stream(name, type, options);
    }

    @Override
    public <T> EventStream<T> stream(String name, Codec<T> codec) {
        return node.streams().stream(name, codec);
    }

    @Override
    public <T> EventStream<T> stream(String name, Codec<T> codec, StreamOptions options) {
        return node.streams().stream(name, codec, options);
    }

    /// Stops in good order: consumers and subscribers take no more, handlers get their time to end
    /// and may still send, what was sent reaches the disk, what was not dealt with goes back. Then
    /// sockets are closed and the directory is free. Returns when no thread of the node is left; a
    /// second call does nothing.
    @Override
    public void close() {
        node.close();
    }
}
