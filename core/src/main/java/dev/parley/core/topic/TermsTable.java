package dev.parley.core.topic;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The different terms of one record, which says of each target which of them it has.
final class TermsTable {
    /// So few are looked through one by one.
    private static final int FEW = 8;

    private final List<Terms> all = new ArrayList<>();
    private final Map<Terms, Integer> many = new HashMap<>();
    private @Nullable Terms newest;
    private int newestAt;

    void clear() {
        all.clear();
        newest = null;
        if (!many.isEmpty()) {
            many.clear();
        }
    }

    List<Terms> all() {
        return all;
    }

    /// Which they are; adds them if they are new.
    int index(Terms one) {
        Terms last = newest;
        if (last == null || !last.equals(one)) {
            newestAt = find(one);
            newest = one;
        }
        return newestAt;
    }

    private int find(Terms one) {
        if (all.size() <= FEW) {
            int found = all.indexOf(one);
            if (found >= 0) {
                return found;
            }
        } else {
            Integer found = many.get(one);
            if (found != null) {
                return found;
            }
        }
        all.add(one);
        if (all.size() > FEW) {
            for (int i = many.size(); i < all.size(); i++) {
                many.put(all.get(i), i);
            }
        }
        return all.size() - 1;
    }
}
