package dev.parley.front.amqp;

import dev.parley.core.message.FieldTable;
import dev.parley.core.message.FieldValue;
import java.util.List;

/// What the node says first to every client, `connection.start`: put together once.
///
/// Specification: AMQP 0-9-1, 1.4.2.1.
final class Greeting {
    /// What the node can do beyond the specification.
    private static final List<String> CAPABILITIES =
            List.of(
                    "publisher_confirms",
                    "exchange_exchange_bindings",
                    "basic.nack",
                    "consumer_cancel_notify",
                    "connection.blocked",
                    "consumer_priorities",
                    "authentication_failure_close",
                    "per_consumer_qos",
                    "direct_reply_to");

    private static final String MECHANISMS = "PLAIN AMQPLAIN";

    private final byte[] plain;
    private final byte[] certified;

    Greeting(AmqpConfig config) {
        FieldTable properties = properties(config);
        plain = start(properties, MECHANISMS);
        certified = start(properties, "EXTERNAL " + MECHANISMS);
    }

    /// The frame.
    ///
    /// @param certified whether the client has shown a certificate that it can log in with
    byte[] start(boolean certified) {
        return certified ? this.certified : plain;
    }

    private static byte[] start(FieldTable properties, String mechanisms) {
        FrameBuffer out = new FrameBuffer(new Pieces(0));
        out.method(0, 10, 10).octet(0).octet(9).table(properties);
        out.longText(mechanisms).longText("en_US").end();
        byte[] frame = new byte[out.size()];
        out.drain(new Borrower() {}, bytes -> bytes.get(frame));
        return frame;
    }

    private static FieldTable properties(AmqpConfig config) {
        FieldTable.Builder capabilities = FieldTable.builder();
        CAPABILITIES.forEach(capability -> capabilities.put(capability, FieldValue.of(true)));
        return FieldTable.builder()
                .put("capabilities", new FieldValue.Table(capabilities.build()))
                .put("cluster_name", FieldValue.text("parley"))
                .put("product", FieldValue.text(config.product()))
                .put("version", FieldValue.text(config.version()))
                .put("platform", FieldValue.text("Parley, Java " + Runtime.version().feature()))
                .put("information", FieldValue.text("Parley speaks AMQP 0-9-1"))
                .build();
    }
}
