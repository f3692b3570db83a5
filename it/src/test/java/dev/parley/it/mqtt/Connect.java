package dev.parley.it.mqtt;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Optional;

/// A CONNECT of MQTT 5 to be put together: a clean start without a name, unless told otherwise.
final class Connect {

    private record Will(String topic, String payload, int qos, boolean retain, Props props) {}

    private final String id;
    private boolean clean = true;
    private int keepAlive;
    private Props props = Props.NONE;
    private Optional<Will> will = Optional.empty();
    private Optional<String> user = Optional.empty();
    private Optional<String> password = Optional.empty();

    Connect(String id) {
        this.id = id;
    }

    /// With the session of an earlier connection, if there is one.
    Connect resumed() {
        clean = false;
        return this;
    }

    Connect keepAlive(int seconds) {
        keepAlive = seconds;
        return this;
    }

    Connect with(int id, Object value) {
        props = props.with(id, value);
        return this;
    }

    Connect lasting(long seconds) {
        return with(Props.SESSION_EXPIRY, seconds);
    }

    Connect will(String topic, String payload, int qos, boolean retain, Props of) {
        will = Optional.of(new Will(topic, payload, qos, retain, of));
        return this;
    }

    Connect user(String name) {
        user = Optional.of(name);
        return this;
    }

    Connect password(String secret) {
        password = Optional.of(secret);
        return this;
    }

    int flags() {
        int flags = clean ? 2 : 0;
        if (will.isPresent()) {
            flags |= 4 | will.get().qos() << 3 | (will.get().retain() ? 32 : 0);
        }
        return flags | (user.isPresent() ? 128 : 0) | (password.isPresent() ? 64 : 0);
    }

    Packet packet() {
        return packet("MQTT", 5, flags());
    }

    /// The same with a head that need not be true.
    Packet packet(String protocol, int version, int flags) {
        var body = new Bytes().text(protocol).u8(version).u8(flags).u16(keepAlive);
        if (version >= 5) {
            body.raw(props.bytes());
        }
        return new Packet(Packet.CONNECT, body.raw(payload(version)));
    }

    private byte[] payload(int version) {
        var body = new Bytes().text(id);
        will.ifPresent(one -> {
            if (version >= 5) {
                body.raw(one.props().bytes());
            }
            body.text(one.topic()).binary(one.payload().getBytes(UTF_8));
        });
        user.ifPresent(body::text);
        password.ifPresent(secret -> body.binary(secret.getBytes(UTF_8)));
        return body.toByteArray();
    }
}
