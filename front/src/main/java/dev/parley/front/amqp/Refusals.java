package dev.parley.front.amqp;

import dev.parley.api.Reason;

/// The one place where the node's reasons become AMQP's reply codes.
final class Refusals {
    private Refusals() {}

    static AmqpException asException(Reason reason) {
        return switch (reason) {
            case Reason.NotFound r -> new AmqpException(ReplyCode.NOT_FOUND, r.detail());
            case Reason.Precondition r ->
                    new AmqpException(ReplyCode.PRECONDITION_FAILED, r.detail());
            case Reason.Denied r -> new AmqpException(ReplyCode.ACCESS_REFUSED, r.detail());
            case Reason.Locked r -> new AmqpException(ReplyCode.RESOURCE_LOCKED, r.detail());
            case Reason.Full r -> new AmqpException(ReplyCode.PRECONDITION_FAILED, r.detail());
            case Reason.Invalid r -> new AmqpException(ReplyCode.PRECONDITION_FAILED, r.detail());
            case Reason.Unsupported r -> new AmqpException(ReplyCode.COMMAND_INVALID, r.detail());
            case Reason.Unavailable r -> new AmqpException(ReplyCode.INTERNAL_ERROR, r.detail());
        };
    }
}
