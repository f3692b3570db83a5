package dev.parley.client;

/// A filter that somebody subscribes to.
public record TopicFilter(String filter, int subscriptions) {}
