package dev.parley.client;

/// What a declaration found or made.
public record Declared(String name, boolean created, long messages, int consumers) {}
