package dev.parley.it.mqtt;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The properties of a packet of MQTT 5, in their order; one may stand there twice.
record Props(List<Prop> all) {

    static final int PAYLOAD_FORMAT = 0x01;
    static final int MESSAGE_EXPIRY = 0x02;
    static final int CONTENT_TYPE = 0x03;
    static final int RESPONSE_TOPIC = 0x08;
    static final int CORRELATION = 0x09;
    static final int SUBSCRIPTION_ID = 0x0B;
    static final int SESSION_EXPIRY = 0x11;
    static final int ASSIGNED_CLIENT_ID = 0x12;
    static final int SERVER_KEEP_ALIVE = 0x13;
    static final int AUTH_METHOD = 0x15;
    static final int AUTH_DATA = 0x16;
    static final int REQUEST_PROBLEM = 0x17;
    static final int WILL_DELAY = 0x18;
    static final int REQUEST_RESPONSE = 0x19;
    static final int RESPONSE_INFORMATION = 0x1A;
    static final int SERVER_REFERENCE = 0x1C;
    static final int REASON = 0x1F;
    static final int RECEIVE_MAX = 0x21;
    static final int ALIAS_MAX = 0x22;
    static final int ALIAS = 0x23;
    static final int QOS_MAX = 0x24;
    static final int RETAIN_AVAILABLE = 0x25;
    static final int USER = 0x26;
    static final int PACKET_MAX = 0x27;
    static final int WILDCARDS = 0x28;
    static final int SUBSCRIPTION_IDS = 0x29;
    static final int SHARED = 0x2A;

    static final Props NONE = new Props(List.of());

    /// Numbers are `Long`, texts `String`, binary values `byte[]`, pairs `Map.Entry`.
    record Prop(int id, Object value) {}

    static Props of(int id, Object value) {
        return NONE.with(id, value);
    }

    Props with(int id, Object value) {
        var more = new ArrayList<>(all);
        more.add(new Prop(id, value instanceof Integer number ? Long.valueOf(number) : value));
        return new Props(List.copyOf(more));
    }

    Props user(String name, String value) {
        return with(USER, Map.entry(name, value));
    }

    boolean has(int id) {
        return all.stream().anyMatch(one -> one.id() == id);
    }

    List<Object> values(int id) {
        return all.stream().filter(one -> one.id() == id).map(Prop::value).toList();
    }

    long number(int id, long otherwise) {
        return has(id) ? (Long) values(id).getFirst() : otherwise;
    }

    String text(int id) {
        return has(id) ? String.valueOf(values(id).getFirst()) : "";
    }

    String binary(int id) {
        return has(id) ? new String((byte[]) values(id).getFirst(), UTF_8) : "";
    }

    /// With its length in front, as every packet has it.
    byte[] bytes() {
        byte[] bytes = content();
        return new Bytes().varint(bytes.length).raw(bytes).toByteArray();
    }

    byte[] content() {
        var out = new Bytes();
        for (Prop one : all) {
            out.varint(one.id());
            switch (one.value()) {
                case Long number -> number(out, one.id(), number);
                case String text -> out.text(text);
                case byte[] binary -> out.binary(binary);
                case Map.Entry<?, ?> pair ->
                        out.text(String.valueOf(pair.getKey()))
                                .text(String.valueOf(pair.getValue()));
                default -> throw new IllegalArgumentException("no value: " + one);
            }
        }
        return out.toByteArray();
    }

    private static void number(Bytes out, int id, long number) {
        switch (id) {
            case MESSAGE_EXPIRY, SESSION_EXPIRY, WILL_DELAY, PACKET_MAX -> out.u32(number);
            case SERVER_KEEP_ALIVE, RECEIVE_MAX, ALIAS_MAX, ALIAS -> out.u16((int) number);
            case SUBSCRIPTION_ID -> out.varint((int) number);
            default -> out.u8((int) number);
        }
    }

    static Props read(Fields packet) {
        Fields fields = packet.part(packet.varint());
        var all = new ArrayList<Prop>();
        while (fields.any()) {
            int id = fields.varint();
            all.add(new Prop(id, value(id, fields)));
        }
        return new Props(List.copyOf(all));
    }

    private static Object value(int id, Fields fields) {
        return switch (id) {
            case PAYLOAD_FORMAT,
                    REQUEST_PROBLEM,
                    REQUEST_RESPONSE,
                    QOS_MAX,
                    RETAIN_AVAILABLE,
                    WILDCARDS,
                    SUBSCRIPTION_IDS,
                    SHARED ->
                    (long) fields.u8();
            case SERVER_KEEP_ALIVE, RECEIVE_MAX, ALIAS_MAX, ALIAS -> (long) fields.u16();
            case MESSAGE_EXPIRY, SESSION_EXPIRY, WILL_DELAY, PACKET_MAX -> fields.u32();
            case SUBSCRIPTION_ID -> (long) fields.varint();
            case CONTENT_TYPE,
                    RESPONSE_TOPIC,
                    ASSIGNED_CLIENT_ID,
                    AUTH_METHOD,
                    RESPONSE_INFORMATION,
                    SERVER_REFERENCE,
                    REASON ->
                    fields.text();
            case CORRELATION, AUTH_DATA -> fields.binary();
            case USER -> Map.entry(fields.text(), fields.text());
            default -> throw new AssertionError("no property: " + id);
        };
    }
}
