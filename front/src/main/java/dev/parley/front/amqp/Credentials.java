package dev.parley.front.amqp;

import dev.parley.core.message.FieldTable;
import dev.parley.core.message.FieldValue;
import dev.parley.core.message.MalformedException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// What a client says to log in: PLAIN (RFC 4616), AMQPLAIN (a table without its length), or
/// EXTERNAL (its certificate).
record Credentials(boolean external, String user, String password) {
    static @Nullable Credentials read(String mechanism, ByteBuffer response) {
        return switch (mechanism) {
            case "PLAIN" -> plain(response);
            case "AMQPLAIN" -> amqplain(response);
            case "EXTERNAL" -> new Credentials(true, "", "");
            default -> null;
        };
    }

    private static Credentials plain(ByteBuffer response) {
        String[] parts = StandardCharsets.UTF_8.decode(response).toString().split("\0", -1);
        if (parts.length != 3) {
            throw new MalformedException("PLAIN has three parts, not " + parts.length);
        }
        return new Credentials(false, parts[1], parts[2]);
    }

    private static Credentials amqplain(ByteBuffer response) {
        ByteBuffer table = ByteBuffer.allocate(4 + response.remaining());
        table.putInt(response.remaining()).put(response).flip();
        FieldTable fields = FieldTable.read(table);
        FieldValue login = fields.get("LOGIN");
        FieldValue password = fields.get("PASSWORD");
        String name = login == null ? null : login.asText();
        String secret = password == null ? null : password.asText();
        if (name == null || secret == null) {
            throw new MalformedException("AMQPLAIN wants LOGIN and PASSWORD");
        }
        return new Credentials(false, name, secret);
    }

    @Override
    public String toString() {
        return "Credentials[" + user + "]";
    }
}
