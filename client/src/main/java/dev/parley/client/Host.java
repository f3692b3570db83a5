package dev.parley.client;

/// A virtual host.
public record Host(String name, int queues, int exchanges) {}
