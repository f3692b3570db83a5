package dev.parley.front.amqp;

import dev.parley.core.message.FieldTable;
import dev.parley.core.message.MalformedException;
import dev.parley.core.message.ShortText;
import java.nio.ByteBuffer;

/// The methods that a client may send, in the specification's names; reserved fields are left out.
sealed interface ClientMethod {
    record ConnectionStartOk(FieldTable properties, String mechanism, ByteBuffer response)
            implements ClientMethod {
        @Override
        public String toString() {
            return "ConnectionStartOk[" + mechanism + "]";
        }
    }

    record ConnectionSecureOk() implements ClientMethod {}

    record ConnectionTuneOk(int channelMax, long frameMax, int heartbeat) implements ClientMethod {}

    record ConnectionOpen(String virtualHost) implements ClientMethod {}

    record ConnectionClose() implements ClientMethod {}

    record ConnectionCloseOk() implements ClientMethod {}

    record ConnectionUpdateSecret() implements ClientMethod {}

    record ChannelOpen() implements ClientMethod {}

    record ChannelFlow(boolean active) implements ClientMethod {}

    record ChannelFlowOk(boolean active) implements ClientMethod {}

    record ChannelClose() implements ClientMethod {}

    record ChannelCloseOk() implements ClientMethod {}

    record AccessRequest() implements ClientMethod {}

    record ExchangeDeclare(
            String exchange,
            String type,
            boolean passive,
            boolean durable,
            boolean autoDelete,
            boolean internal,
            boolean noWait,
            FieldTable arguments)
            implements ClientMethod {}

    record ExchangeDelete(String exchange, boolean ifUnused, boolean noWait)
            implements ClientMethod {}

    record ExchangeBind(
            String destination, String source, String key, boolean noWait, FieldTable arguments)
            implements ClientMethod {}

    record ExchangeUnbind(
            String destination, String source, String key, boolean noWait, FieldTable arguments)
            implements ClientMethod {}

    record QueueDeclare(
            String queue,
            boolean passive,
            boolean durable,
            boolean exclusive,
            boolean autoDelete,
            boolean noWait,
            FieldTable arguments)
            implements ClientMethod {}

    record QueueBind(
            String queue, String exchange, String key, boolean noWait, FieldTable arguments)
            implements ClientMethod {}

    record QueueUnbind(String queue, String exchange, String key, FieldTable arguments)
            implements ClientMethod {}

    record QueuePurge(String queue, boolean noWait) implements ClientMethod {}

    record QueueDelete(String queue, boolean ifUnused, boolean ifEmpty, boolean noWait)
            implements ClientMethod {}

    record BasicQos(long prefetchSize, int prefetchCount, boolean global) implements ClientMethod {}

    record BasicConsume(
            String queue,
            String consumerTag,
            boolean noLocal,
            boolean noAck,
            boolean exclusive,
            boolean noWait,
            FieldTable arguments)
            implements ClientMethod {}

    record BasicCancel(String consumerTag, boolean noWait) implements ClientMethod {}

    record BasicCancelOk() implements ClientMethod {}

    record BasicPublish(String exchange, String routingKey, boolean mandatory, boolean immediate)
            implements ClientMethod {}

    record BasicGet(String queue, boolean noAck) implements ClientMethod {}

    record BasicAck(long deliveryTag, boolean multiple) implements ClientMethod {}

    record BasicReject(long deliveryTag, boolean requeue) implements ClientMethod {}

    record BasicNack(long deliveryTag, boolean multiple, boolean requeue) implements ClientMethod {}

    record BasicRecover(boolean requeue, boolean answered) implements ClientMethod {}

    record ConfirmSelect(boolean noWait) implements ClientMethod {}

    record TxSelect() implements ClientMethod {}

    record TxCommit() implements ClientMethod {}

    record TxRollback() implements ClientMethod {}

    /// Class and method as one number.
    static int id(int classId, int methodId) {
        return classId << 16 | methodId;
    }

    /// Reads the arguments of method `id`.
    ///
    /// @throws AmqpException SYNTAX_ERROR where they are malformed, NOT_IMPLEMENTED for what no
    ///   client may send
    static ClientMethod read(int id, ByteBuffer in) {
        if (in.remaining() < 2 && (id >>> 16 == 40 || id >>> 16 == 50) && isUnknown(id)) {
            throw unknown(id);
        }
        try {
            return switch (id >>> 16) {
                case 10 -> readConnection(id, in);
                case 20 -> readChannel(id, in);
                case 40 -> readExchange(id, in);
                case 50 -> readQueue(id, in);
                case 60 -> readBasic(id, in);
                default -> readOther(id, in);
            };
        } catch (MalformedException | java.nio.BufferUnderflowException e) {
            throw new AmqpException(
                    ReplyCode.SYNTAX_ERROR,
                    "malformed arguments of method " + (id >>> 16) + "." + (id & 0xFFFF),
                    id >>> 16,
                    id & 0xFFFF);
        }
    }

    private static boolean isUnknown(int id) {
        int method = id & 0xFFFF;
        return method % 10 != 0 || method == 0 || method > (id >>> 16 == 40 ? 40 : 50);
    }

    private static AmqpException unknown(int id) {
        return new AmqpException(
                ReplyCode.NOT_IMPLEMENTED,
                "no method " + (id >>> 16) + "." + (id & 0xFFFF) + " for a client to send",
                id >>> 16,
                id & 0xFFFF);
    }

    private static ClientMethod readConnection(int id, ByteBuffer in) {
        return switch (id & 0xFFFF) {
            case 11 -> {
                FieldTable properties = FieldTable.read(in);
                String mechanism = text(in);
                ByteBuffer response = longText(in);
                text(in);
                yield new ConnectionStartOk(properties, mechanism, response);
            }
            case 21 -> new ConnectionSecureOk();
            case 31 ->
                    new ConnectionTuneOk(
                            Short.toUnsignedInt(in.getShort()),
                            Integer.toUnsignedLong(in.getInt()),
                            Short.toUnsignedInt(in.getShort()));
            case 40 -> new ConnectionOpen(text(in));
            case 50 -> new ConnectionClose();
            case 51 -> new ConnectionCloseOk();
            case 70 -> new ConnectionUpdateSecret();
            default -> throw unknown(id);
        };
    }

    private static ClientMethod readChannel(int id, ByteBuffer in) {
        return switch (id & 0xFFFF) {
            case 10 -> new ChannelOpen();
            case 20 -> new ChannelFlow(in.get() != 0);
            case 21 -> new ChannelFlowOk(in.get() != 0);
            case 40 -> new ChannelClose();
            case 41 -> new ChannelCloseOk();
            default -> throw unknown(id);
        };
    }

    private static ClientMethod readExchange(int id, ByteBuffer in) {
        in.getShort();
        return switch (id & 0xFFFF) {
            case 10 -> {
                String exchange = text(in);
                String type = text(in);
                int bits = in.get();
                yield new ExchangeDeclare(
                        exchange,
                        type,
                        (bits & 1) != 0,
                        (bits & 2) != 0,
                        (bits & 4) != 0,
                        (bits & 8) != 0,
                        (bits & 16) != 0,
                        FieldTable.read(in));
            }
            case 20 -> {
                String exchange = text(in);
                int bits = in.get();
                yield new ExchangeDelete(exchange, (bits & 1) != 0, (bits & 2) != 0);
            }
            case 30 ->
                    new ExchangeBind(
                            text(in), text(in), text(in), in.get() != 0, FieldTable.read(in));
            case 40 ->
                    new ExchangeUnbind(
                            text(in), text(in), text(in), in.get() != 0, FieldTable.read(in));
            default -> throw unknown(id);
        };
    }

    private static ClientMethod readQueue(int id, ByteBuffer in) {
        in.getShort();
        return switch (id & 0xFFFF) {
            case 10 -> {
                String queue = text(in);
                int bits = in.get();
                yield new QueueDeclare(
                        queue,
                        (bits & 1) != 0,
                        (bits & 2) != 0,
                        (bits & 4) != 0,
                        (bits & 8) != 0,
                        (bits & 16) != 0,
                        FieldTable.read(in));
            }
            case 20 ->
                    new QueueBind(text(in), text(in), text(in), in.get() != 0, FieldTable.read(in));
            case 30 -> new QueuePurge(text(in), in.get() != 0);
            case 40 -> {
                String queue = text(in);
                int bits = in.get();
                yield new QueueDelete(queue, (bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0);
            }
            case 50 -> new QueueUnbind(text(in), text(in), text(in), FieldTable.read(in));
            default -> throw unknown(id);
        };
    }

    private static ClientMethod readBasic(int id, ByteBuffer in) {
        return switch (id & 0xFFFF) {
            case 10 ->
                    new BasicQos(
                            Integer.toUnsignedLong(in.getInt()),
                            Short.toUnsignedInt(in.getShort()),
                            in.get() != 0);
            case 20 -> {
                in.getShort();
                String queue = text(in);
                String tag = text(in);
                int bits = in.get();
                yield new BasicConsume(
                        queue,
                        tag,
                        (bits & 1) != 0,
                        (bits & 2) != 0,
                        (bits & 4) != 0,
                        (bits & 8) != 0,
                        FieldTable.read(in));
            }
            case 30 -> new BasicCancel(text(in), in.get() != 0);
            case 31 -> new BasicCancelOk();
            case 40 -> {
                in.getShort();
                String exchange = text(in);
                String key = text(in);
                int bits = in.get();
                yield new BasicPublish(exchange, key, (bits & 1) != 0, (bits & 2) != 0);
            }
            case 70 -> {
                in.getShort();
                yield new BasicGet(text(in), in.get() != 0);
            }
            case 80 -> new BasicAck(in.getLong(), in.get() != 0);
            case 90 -> new BasicReject(in.getLong(), in.get() != 0);
            case 100 -> new BasicRecover(in.get() != 0, false);
            case 110 -> new BasicRecover(in.get() != 0, true);
            case 120 -> {
                long tag = in.getLong();
                int bits = in.get();
                yield new BasicNack(tag, (bits & 1) != 0, (bits & 2) != 0);
            }
            default -> throw unknown(id);
        };
    }

    private static ClientMethod readOther(int id, ByteBuffer in) {
        return switch (id) {
            case 30 << 16 | 10 -> new AccessRequest();
            case 85 << 16 | 10 -> new ConfirmSelect(in.get() != 0);
            case 90 << 16 | 10 -> new TxSelect();
            case 90 << 16 | 20 -> new TxCommit();
            case 90 << 16 | 30 -> new TxRollback();
            default -> throw unknown(id);
        };
    }

    private static String text(ByteBuffer in) {
        return ShortText.read(in);
    }

    private static ByteBuffer longText(ByteBuffer in) {
        long length = Integer.toUnsignedLong(in.getInt());
        if (length > in.remaining()) {
            throw new MalformedException("a long string of " + length + " bytes");
        }
        byte[] bytes = new byte[(int) length];
        in.get(bytes);
        return ByteBuffer.wrap(bytes);
    }
}
