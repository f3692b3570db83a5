package dev.parley.core.topic;

/// How the topics of one shard stand at one moment.
///
/// @param bodies messages in the log that somebody still waits for; each counts once
/// @param moving messages on their way to other shards
public record TopicStatus(
        int sessions,
        int connected,
        long retained,
        long retainedBytes,
        long bodies,
        long bodyBytes,
        int moving,
        long published,
        long wills) {}
