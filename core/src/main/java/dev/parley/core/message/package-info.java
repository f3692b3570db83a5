/// What a message carries besides its body: properties and typed headers.
///
/// **What we own.** [Properties] and [FieldTable] in the encoding in which they are stored and
/// sent: RabbitMQ's dialect of the AMQP 0-9-1 property list and field table (AMQP 0-9-1, 4.2.5.5
/// and 4.2.6.1). It is open, typed and byte-exact, so it serves every pattern as the stored form
/// and no protocol pays for a translation twice.
///
/// **Who calls us, on which thread.** Anybody; everything here is immutable or static. Bad bytes
/// throw [MalformedException] and nothing else; no length is trusted before it is compared with
/// what is there.
///
/// **What is on the wire.** A property list is two octets of flags and the properties they
/// announce, one behind the other; a table is its length in four octets and fields of a
/// [ShortText], an octet for the type, a value. Both are stored as they came.
///
/// **Where to start reading.** [FieldTable], then [Properties], then `FieldCodec`.
@NullMarked
package dev.parley.core.message;

import org.jspecify.annotations.NullMarked;
