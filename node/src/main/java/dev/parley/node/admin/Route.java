package dev.parley.node.admin;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One operation of the interface.
///
/// @param template the path below `/v1/`, as OpenAPI writes it: `queues/{queue}`
record Route(String method, String template, Operation operation, Audience audience) {
    /// One for administrators.
    Route(String method, String template, Operation operation) {
        this(method, template, operation, Audience.ADMINISTRATORS);
    }

    /// Who may ask for an operation.
    enum Audience {
        ADMINISTRATORS,

        /// Everybody who knows a user's password; the operation asks what he may.
        USERS,

        /// Bearers of tokens as well.
        BEARERS,

        /// Also those that cannot send headers: their token may stand in the query.
        READERS
    }

    /// What an operation does with a request.
    @FunctionalInterface
    interface Operation {
        void run(Call call);
    }

    /// The names in a path that has this route's form, or null if it has another.
    @Nullable List<String> match(List<String> path) {
        String[] parts = template.split("/");
        if (parts.length != path.size()) {
            return null;
        }
        List<String> names = new ArrayList<>();
        for (int i = 0; i < parts.length; i++) {
            String found = path.get(i);
            if (parts[i].startsWith("{")) {
                if (found.isEmpty()) {
                    return null;
                }
                names.add(found);
            } else if (!parts[i].equals(found)) {
                return null;
            }
        }
        return names;
    }
}
