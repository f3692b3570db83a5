package dev.parley.core.catalog;

import dev.parley.core.message.FieldTable;
import org.jspecify.annotations.Nullable;

/// The policies that count for one queue or exchange.
///
/// @param policy the policy, null if none matches
/// @param operator the operator policy, null if none matches
public record Applied(@Nullable Policy policy, @Nullable Policy operator) {
    static final Applied NONE = new Applied(null, null);

    static Applied of(@Nullable Policy policy, @Nullable Policy operator) {
        return policy == null && operator == null ? NONE : new Applied(policy, operator);
    }

    /// The settings of both, the lower one where both bound the same.
    public FieldTable definition() {
        FieldTable settings = policy == null ? FieldTable.EMPTY : policy.definition();
        return operator == null ? settings : PolicySetting.bounded(settings, operator.definition());
    }
}
