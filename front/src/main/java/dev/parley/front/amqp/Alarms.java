package dev.parley.front.amqp;

import java.util.LinkedHashSet;
import java.util.Set;

/// What an operator has publishers wait for, besides room on the disk, by resource: `memory`, say.
/// Gone when the node ends.
public final class Alarms {
    private final Set<String> resources = new LinkedHashSet<>();
    private final Runnable onChange;

    /// @param onChange told when publishers are to look again
    public Alarms(Runnable onChange) {
        this.onChange = onChange;
    }

    public void raise(String resource) {
        if (resources.add(resource)) {
            onChange.run();
        }
    }

    public void clear(String resource) {
        if (resources.remove(resource)) {
            onChange.run();
        }
    }

    public Set<String> resources() {
        return Set.copyOf(resources);
    }

    /// Whether there are any.
    public boolean any() {
        return !resources.isEmpty();
    }

    /// What publishers are told; empty if they need not wait.
    String reason(boolean roomy) {
        if (roomy && resources.isEmpty()) {
            return "";
        }
        Set<String> low = new LinkedHashSet<>(resources);
        if (!roomy) {
            low.add("disk");
        }
        return "low on " + String.join(" & ", low);
    }
}
