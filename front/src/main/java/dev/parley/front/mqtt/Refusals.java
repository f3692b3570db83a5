package dev.parley.front.mqtt;

import dev.parley.api.Reason;

/// The one place where the node's reasons become MQTT's.
final class Refusals {
    private Refusals() {}

    static ReasonCode code(Reason reason) {
        return switch (reason) {
            case Reason.Denied r -> ReasonCode.NOT_AUTHORIZED;
            case Reason.Full r -> ReasonCode.QUOTA_EXCEEDED;
            case Reason.Invalid r -> ReasonCode.TOPIC_NAME_INVALID;
            case Reason.NotFound r -> ReasonCode.UNSPECIFIED_ERROR;
            case Reason.Precondition r -> ReasonCode.IMPLEMENTATION_SPECIFIC_ERROR;
            case Reason.Locked r -> ReasonCode.IMPLEMENTATION_SPECIFIC_ERROR;
            case Reason.Unsupported r -> ReasonCode.IMPLEMENTATION_SPECIFIC_ERROR;
            case Reason.Unavailable r -> ReasonCode.IMPLEMENTATION_SPECIFIC_ERROR;
        };
    }
}
