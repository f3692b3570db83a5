package dev.parley.node.management;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// An operation and the requests that ask for it.
///
/// @param path segments after `/api/`; `*` stands for a name
record Route(String method, List<String> path, Access access, Operation operation) {
    @FunctionalInterface
    interface Operation {
        /// @throws Fault if the call ends with an error
        void run(Call call);
    }

    static Route of(String method, String path, Access access, Operation operation) {
        return new Route(method, List.of(path.split("/", -1)), access, operation);
    }

    /// The names in a path, or null if it is another one.
    @Nullable List<String> names(List<String> asked) {
        if (asked.size() != path.size()) {
            return null;
        }
        List<String> names = new ArrayList<>();
        for (int i = 0; i < asked.size(); i++) {
            if (path.get(i).equals("*")) {
                names.add(asked.get(i));
            } else if (!path.get(i).equals(asked.get(i))) {
                return null;
            }
        }
        return names;
    }
}
