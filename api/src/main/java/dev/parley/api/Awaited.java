package dev.parley.api;

import java.time.Instant;

/// What a message in a queue waits for: why it is still there.
///
/// Of several things it is the one that the message waits for next. A copy, like all that an
/// [Operator] sees.
public sealed interface Awaited {
    /// Its time to be delivered at all.
    record Time(Instant due) implements Awaited {}

    /// Its next attempt, after one that failed or was given back.
    record Attempt(Instant due) implements Awaited {}

    /// The answer of whoever has it.
    record Answer(Holder by) implements Awaited {}

    /// The answer of whoever has others of its ordering group.
    record Group(String group, Holder by) implements Awaited {}

    /// The next attempt of another one of its ordering group.
    record GroupAttempt(String group) implements Awaited {}

    /// That some of the messages can go that wait for others of their groups: the queue passes over
    /// no more than these.
    record Groups(int waiting) implements Awaited {}

    /// Its end: its time to live is over, and it goes when it comes to the head of the queue.
    record End(Instant over) implements Awaited {}

    /// That somebody lets the queue deliver again, which is paused.
    record Resumption() implements Awaited {}

    /// A consumer: the queue has none.
    record Consumer() implements Awaited {}

    /// Room at one of the consumers, which all have as many messages as they take at a time; with a
    /// single active consumer, at that one.
    record Room(int consumers) implements Awaited {}

    /// Its turn: a consumer has room, and those before it go first.
    record Turn() implements Awaited {}

    /// Who has a message.
    ///
    /// @param consumer the tag of the consumer; empty: it has none, has gone meanwhile, or the
    ///   message was taken singly
    /// @param where the connection and channel, or what else it is
    record Holder(String consumer, String where) {
        private String inWords() {
            return consumer.isEmpty() ? where : "consumer '%s' on %s".formatted(consumer, where);
        }
    }

    /// The same for people.
    default String inWords() {
        return switch (this) {
            case Time(Instant due) -> "its time, " + due;
            case Attempt(Instant due) -> "its next attempt at " + due;
            case Answer(Holder by) -> "the answer of " + by.inWords();
            case Group(String group, Holder by) ->
                    "the answer of %s, which has others of group '%s'"
                            .formatted(by.inWords(), group);
            case GroupAttempt(String group) ->
                    "the next attempt of another one of group '" + group + "'";
            case Groups(int waiting) ->
                    "some of the %d before it that wait for others of their groups"
                            .formatted(waiting);
            case End(Instant over) ->
                    "its end: its time was over at %s, and it goes from the head of the queue"
                            .formatted(over);
            case Resumption() -> "somebody to resume the queue, which is paused";
            case Consumer() -> "a consumer: the queue has none";
            case Room(int consumers) when consumers == 1 ->
                    "room at the consumer, which has as many as it takes";
            case Room(int consumers) ->
                    "room at one of %d consumers, which have as many as they take"
                            .formatted(consumers);
            case Turn() -> "its turn: those before it go first";
        };
    }
}
