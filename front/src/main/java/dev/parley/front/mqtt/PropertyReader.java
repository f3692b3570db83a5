package dev.parley.front.mqtt;

import dev.parley.front.mqtt.Property.Place;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// Walks the properties of one packet, checking that each belongs there, stands there once, and is
/// well-formed.
final class PropertyReader {
    private final ByteBuffer in;
    private final Place place;
    private long seen;
    private long number;
    private @Nullable ByteBuffer bytes;
    private @Nullable ByteBuffer second;

    /// @param in at the length of the properties; afterwards behind them
    PropertyReader(ByteBuffer in, Place place) {
        this.place = place;
        int length = VariableInt.read(in);
        if (in.remaining() < length) {
            throw MqttException.malformed("the properties are cut short");
        }
        this.in = in.slice(in.position(), length);
        in.position(in.position() + length);
    }

    /// Reads those of a message again, which were checked when it came.
    ///
    /// @param list without its length
    static PropertyReader ofMessage(ByteBuffer list) {
        return new PropertyReader(Place.PUBLISH, list.slice());
    }

    private PropertyReader(Place place, ByteBuffer in) {
        this.place = place;
        this.in = in;
    }

    /// Where the next property begins, counted from the first.
    int position() {
        return in.position();
    }

    /// All of them as they are written, without their length.
    ByteBuffer all() {
        return in.slice(0, in.limit());
    }

    /// The next property, or null behind the last.
    @Nullable Property next() {
        if (!in.hasRemaining()) {
            return null;
        }
        Property property = Property.of(VariableInt.read(in));
        if (!property.belongsTo(place)) {
            // Of another packet (2.2.2.2), or of this one where a server sends it.
            throw property.isServers(place)
                    ? MqttException.protocol(property + " is the server's to send")
                    : MqttException.malformed(property + " does not belong here");
        }
        if (property != Property.USER_PROPERTY) {
            long bit = 1L << property.id();
            if ((seen & bit) != 0) {
                throw MqttException.protocol(property + " twice");
            }
            seen |= bit;
        }
        switch (property.kind()) {
            case BYTE -> number = need(1).get() & 0xFF;
            case TWO -> number = Short.toUnsignedInt(need(2).getShort());
            case FOUR -> number = Integer.toUnsignedLong(need(4).getInt());
            case VARIABLE -> number = VariableInt.read(in);
            case TEXT, BINARY -> bytes = Utf8.binary(in);
            case PAIR -> {
                bytes = Utf8.binary(in);
                second = Utf8.binary(in);
                String _ = text();
                String _ = value();
            }
        }
        return property;
    }

    private ByteBuffer need(int size) {
        if (in.remaining() < size) {
            throw MqttException.malformed("a property is cut short");
        }
        return in;
    }

    /// The value of a property that is a number.
    long number() {
        return number;
    }

    /// The same where only 0 and 1 have a meaning.
    boolean flag() {
        if (number > 1) {
            throw MqttException.protocol("a flag of " + number);
        }
        return number == 1;
    }

    /// The same where 0 has no meaning.
    long positive() {
        if (number == 0) {
            throw MqttException.protocol("a property of 0 that must not be 0");
        }
        return number;
    }

    /// The value of a property that is text; the name of a user property.
    String text() {
        return Utf8.text(binary());
    }

    /// The value of a user property.
    String value() {
        ByteBuffer read = second;
        if (read == null) {
            throw new IllegalStateException("no value has been read");
        }
        return Utf8.text(read);
    }

    ByteBuffer binary() {
        ByteBuffer read = bytes;
        if (read == null) {
            throw new IllegalStateException("no value has been read");
        }
        return read;
    }

    /// Checks those that are left, which say nothing to this node.
    void passOver() {
        Property property;
        while ((property = next()) != null) {
            if (property.kind() == Property.Kind.TEXT) {
                String _ = text();
            }
        }
    }
}
