package dev.parley.core.catalog;

import java.util.Collection;

/// Somebody on the catalog's own event loop who wants to know when it has changed.
@FunctionalInterface
public interface Follower {
    /// Called at the end of each turn that changed something, durable or not yet.
    void onChange(Catalog catalog);

    /// Called, before [#onChange], when virtual hosts have been removed: what belonged to them
    /// goes. Until this returns there is no other host of such a name.
    default void onHostsGone(Collection<String> hosts) {}

    /// Called, before [#onChange], when users have been removed, even if there is another of the
    /// name by now: what they had open ends.
    default void onUsersGone(Collection<String> users) {}

    /// Called, before [#onChange], with the users whose permissions or tags have changed: what they
    /// have open may be more than they are permitted by now.
    default void onPermissionsChanged(Collection<String> users) {}

    /// Called, before [#onChange], with the queues whose policies have changed: they have to be
    /// told how to behave from now on.
    default void onReshaped(Collection<QueueEntry> queues) {}
}
