package dev.parley.client;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A message found somewhere in a queue, and why it is still there.
///
/// @param entry names it within its queue for as long as it is there
/// @param waitsFor what it waits for, in words
/// @param why the same for programs: its `reason`, and what belongs to it
/// @param failures deliveries that failed so far
/// @param expires when it expires, as ISO 8601; null: never
/// @param properties those that are there, under AMQP's names
/// @param body the content where it is UTF-8
/// @param bodyBase64 the content where it is not
public record Inspected(
        String entry,
        String waitsFor,
        Map<String, Object> why,
        int failures,
        @Nullable String expires,
        String exchange,
        String routingKey,
        boolean redelivered,
        Map<String, Object> properties,
        @Nullable String body,
        @Nullable String bodyBase64) {}
