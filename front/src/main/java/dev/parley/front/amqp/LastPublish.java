package dev.parley.front.amqp;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// The publish method that a channel received last: mostly the next one says the same, and need not
/// be decoded again.
final class LastPublish {
    private ByteBuffer bytes = ByteBuffer.allocate(0);
    private ClientMethod.@Nullable BasicPublish method;

    /// Reads the arguments of a publish.
    ///
    /// @throws AmqpException as [ClientMethod#read]
    ClientMethod read(ByteBuffer arguments) {
        ClientMethod known = method;
        if (known != null && bytes.equals(arguments)) {
            return known;
        }
        int start = arguments.position();
        ClientMethod read = ClientMethod.read(AmqpChannel.PUBLISH, arguments);
        // What the fields do not take is nobody's, and as long as a frame.
        if (read instanceof ClientMethod.BasicPublish publish && !arguments.hasRemaining()) {
            keep(publish, arguments.position(start));
        }
        return read;
    }

    private void keep(ClientMethod.BasicPublish publish, ByteBuffer arguments) {
        if (bytes.capacity() < arguments.remaining()) {
            bytes = ByteBuffer.allocate(arguments.remaining());
        }
        bytes.clear().put(arguments).flip();
        method = publish;
    }
}
