package dev.parley.front.amqp;

import java.nio.charset.StandardCharsets;

/// A reason to close a channel or a connection, with the method that gave it (0 and 0 if none did).
final class AmqpException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ReplyCode reply;
    private final int classId;
    private final int methodId;
    private final boolean forcedHard;

    AmqpException(ReplyCode reply, String detail, int classId, int methodId) {
        this(reply, detail, classId, methodId, false);
    }

    private AmqpException(
            ReplyCode reply, String detail, int classId, int methodId, boolean forcedHard) {
        super(reply.name() + " - " + detail);
        this.reply = reply;
        this.classId = classId;
        this.methodId = methodId;
        this.forcedHard = forcedHard;
    }

    AmqpException(ReplyCode reply, String detail) {
        this(reply, detail, 0, 0);
    }

    /// The same code, but for the whole connection.
    static AmqpException hard(ReplyCode reply, String detail) {
        return new AmqpException(reply, detail, 0, 0, true);
    }

    ReplyCode reply() {
        return reply;
    }

    boolean isHard() {
        return forcedHard || reply.hard();
    }

    int classId() {
        return classId;
    }

    int methodId() {
        return methodId;
    }

    /// Reply text, at most 255 bytes as a short string holds.
    String text() {
        String text = String.valueOf(getMessage());
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return bytes.length <= 255
                ? text
                : new String(bytes, 0, 252, StandardCharsets.UTF_8).replace("\uFFFD", "");
    }

    /// The same failure, said of the method at hand.
    AmqpException of(int method) {
        return classId != 0
                ? this
                : new AmqpException(
                        reply,
                        text().substring(reply.name().length() + 3),
                        method >>> 16,
                        method & 0xFFFF,
                        forcedHard);
    }
}
