package dev.parley.core.queue;

/// Which messages somebody who looks into a queue wants to see. Called on the shard's event loop:
/// it must be quick, and must not keep the delivery.
@FunctionalInterface
public interface MessageFilter {
    MessageFilter ALL = message -> true;

    boolean matches(Delivery message);
}
